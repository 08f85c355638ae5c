using System.Text.Unicode;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Telemetry;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>
/// What one call has to do with the cache: it is served from it, follows a call that asks for the same, or asks a provider itself and leaves the
/// answer there. Without a policy that caches, none of this happens.
/// </summary>
internal sealed class CacheVisit(CachedRoad road, ChatCall call, CallBooks books, IAnswerSink own, CancellationToken caller) : IAsyncDisposable
{
    /// <summary>So often a call waits for another that then fails; after that it fails with it, rather than that all of them ask a provider in turn.</summary>
    private const int MostPatience = 2;

    private CacheKey _key;
    private Flight? _flight;
    private CancellationTokenRegistration _hangUp;
    private CachedAnswer? _unsent;
    private SemanticVisit? _semantic;

    /// <summary>Where the answer goes: to the caller, and to those who follow.</summary>
    public IAnswerSink Sink { get; private set; } = own;

    /// <summary>Cancelled when nobody waits for the answer any more.</summary>
    public CancellationToken Cancellation => _flight?.Token ?? caller;

    /// <summary>The caller hung up, and the answer went on for those who follow.</summary>
    public bool IsAbandoned => _flight is { HasLostLeader: true };

    private CachePolicy Policy => call.Caller.Cache;

    /// <summary>Looks for an answer. True when there is one, and all that is left is to record the call and <see cref="Give"/>.</summary>
    /// <exception cref="RefusalException">The caller wants only an answer from the cache, or a limit is reached.</exception>
    public async ValueTask<bool> TryServeAsync(ChatRequest request, Model model)
    {
        if (call.Cache == CacheWish.Bypass || !(Policy.Exact.Enabled || Policy.Semantic.IsLookedUp) || CacheIdentity.Of(call.Caller, request, model) is not { } key)
            return call.Cache == CacheWish.Only ? throw NotThere() : false;

        (_key, books.Cache) = (key, CacheVerdict.Miss);
        if (Policy.Exact.Enabled && call.Cache != CacheWish.Refresh && await TryExactAsync(request, model)) return true;
        if (call.Cache == CacheWish.Only) return Policy.Semantic.Enabled ? false : throw NotThere();
        if (_flight is null) Lead(road.Cache.Flights.Alone());
        return false;
    }

    /// <summary>Looks for the answer to a message that is worded alike, once the call is admitted.</summary>
    /// <exception cref="RefusalException">The caller wants only an answer from the cache.</exception>
    public async ValueTask<bool> TrySemanticAsync(ChatRequest request, Model model)
    {
        if (books.Cache == CacheVerdict.Bypass || !Policy.Semantic.IsLookedUp) return false;
        _semantic = await SemanticVisit.BeginAsync(road, call, books, request, model, Cancellation);
        if (_semantic is not null && call.Cache != CacheWish.Refresh && await _semantic.FindAsync(Cancellation) is { Answer: { } answer } match)
        {
            books.Served(answer, CacheVerdict.Semantic, model, match.Similarity);
            _unsent = answer;
            return true;
        }

        return call.Cache == CacheWish.Only ? throw NotThere() : false;
    }

    /// <summary>Writes an answer from the cache, unless it went out already.</summary>
    public void Give(ChatRequest request)
    {
        if (_unsent is not { } answer) return;
        books.Began();
        Sink.Begin(HeadOf(answer, request.Stream));
        if (request.Stream) CompletionChunks.Split(answer.Completion, answer.Usage, request.IncludeUsage, chunk => Sink.Write(chunk.Span));
        else Sink.Write(answer.Completion.Span);
    }

    /// <summary>The answer is complete and stands in the books: it is kept, if it may be, and those who follow get their end.</summary>
    public void Complete(ChatRequest request, Model model)
    {
        if (_flight is null) return;
        if (_unsent is { } served)
        {
            road.Cache.Flights.Remove(_key, _flight);
            _flight.Complete(served);
            return;
        }

        var isGenuine = books.IsGenuine(model) && _flight.IsWhole;
        var completion = isGenuine || _flight.Followers > 0 ? Completion(_flight) : null;
        var answer = Answer(request, completion ?? ReadOnlyMemory<byte>.Empty);
        if (isGenuine && completion is { } whole && MayBeKept(request, whole))
        {
            road.Cache.Store(_key, answer);
            _semantic?.Keep(_key, answer);
            _semantic?.Collect(answer, books.Cost());
        }

        road.Cache.Flights.Remove(_key, _flight);
        _flight.Complete(answer);
    }

    /// <summary>There is no answer, or half of one.</summary>
    public void Fail(RefusalException refusal) => Land(refusal);

    public async ValueTask DisposeAsync()
    {
        Land(null);
        await _hangUp.DisposeAsync();
        _flight?.Dispose();
    }

    private async ValueTask<bool> TryExactAsync(ChatRequest request, Model model)
    {
        Flight? failed = null;
        for (var failures = 0; ;)
        {
            if (await road.Cache.FindAsync(_key, call.CacheTtl, caller) is { } found) return await ServeAsync(found, model);
            if (call.Cache == CacheWish.Only) break;
            bool leads;
            var flight = failed is null ? road.Cache.Flights.Join(_key, out leads) : road.Cache.Flights.Succeed(_key, failed, out leads);
            if (leads)
            {
                Lead(flight);

                // The flight before this one may have landed between the two look-ups.
                if (road.Cache.Memory.Find(_key) is { } landed) return await ServeAsync(landed, model);
                break;
            }

            if (await new FlightFollower(road, call, books, Sink).FollowAsync(flight, request, model, caller) is { } answer)
            {
                _unsent = books.HasBegun ? null : answer;
                CacheMetrics.LookedUp(CacheMetrics.Exact, "shared");
                return true;
            }

            if (flight.Failure is { Error.Status: >= 500 } failure && ++failures >= MostPatience) throw FlightFollower.OfLeader(failure);
            failed = flight;
        }

        CacheMetrics.LookedUp(CacheMetrics.Exact, "miss");
        return false;
    }

    private async ValueTask<bool> ServeAsync(CachedAnswer answer, Model model)
    {
        books.Admitted(await road.Limiter.AdmitAsync(LimitPlan.For(call.Caller), Demand.Free, call.RequestId, caller));
        books.Served(answer, CacheVerdict.Exact, model);
        road.Cache.Memory.Given(_key);
        _unsent = answer;
        return true;
    }

    private void Lead(Flight flight)
    {
        _flight = flight;
        Sink = new LeadingSink(Sink, flight, caller);
        _hangUp = caller.Register(static state => ((Flight)state!).LoseLeader(), flight);
    }

    private void Land(RefusalException? failure)
    {
        if (_flight is null) return;
        road.Cache.Flights.Remove(_key, _flight);
        _flight.Fail(failure);
    }

    private AnswerHead HeadOf(CachedAnswer answer, bool isStream) => new(
        answer.Model, null, books.Cache, books.Attempts, isStream, Usd.Zero, books.Admission!.Report, Age: road.Time.GetUtcNow() - answer.StoredAt);

    private ReadOnlyMemory<byte>? Completion(Flight flight)
    {
        if (flight.IsStream && !flight.IsWhole) return null;
        if (flight.IsStream) return AnswerAssembly.Join(Chunks(flight.Frames), books.Tokens().Usage);
        byte[] none = [];
        return flight.Frames.Count == 1 ? flight.Frames[0].Read(ref none) : null;
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Chunks(IReadOnlyList<Frame> frames)
    {
        byte[] buffer = [];
        foreach (var frame in frames) yield return frame.Read(ref buffer);
    }

    private CachedAnswer Answer(ChatRequest request, ReadOnlyMemory<byte> completion)
    {
        var now = road.Time.GetUtcNow();
        var ttl = TimeSpan.FromSeconds(Policy.Exact.TtlSeconds);
        var name = books.ModelServed ?? request.Model;
        return new CachedAnswer
        {
            RequestId = call.RequestId, TenantId = call.Caller.Tenant.Id, Model = name, ProviderModel = books.ProviderModel == name ? name : books.ProviderModel, FinishReason = books.FinishReason,
            Usage = books.Tokens().Usage, StoredAt = now, ExpiresAt = now + (call.CacheTtl < ttl ? call.CacheTtl.Value : ttl), Completion = completion,
            Prompt = completion.IsEmpty ? "" : LastMessage.Find(request, CachedAnswer.LongestPrompt)?.Text ?? "",
        };
    }

    private bool MayBeKept(ChatRequest request, ReadOnlyMemory<byte> answer) =>
        request.Surface == Surface.Embeddings || (books.IsPlainCompletion && request.Choices == 1 && Utf8.IsValid(answer.Span)) || CheckOf(request).Passes(answer.Span);

    private AnswerCheck CheckOf(ChatRequest request) => new(request.Choices, request.MaxOutputTokens is not null && books.Admission?.OutputCap is null, Policy.StoreToolCalls);

    private static RefusalException NotThere() => new(
        ErrorCode.CacheMiss, "The cache has no answer to this request, and x-llmconsole-cache: only says not to ask a provider. Send it without that header.", "x-llmconsole-cache");
}
