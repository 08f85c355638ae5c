using LlmConsole.Core.Caching;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>What is learnt of one call on its way, and the usage record that it becomes. A call is worked on by one task at a time.</summary>
internal sealed class CallBooks(ChatCall call, TimeProvider time)
{
    // Of a duration in milliseconds: to the microsecond.
    private const int MicroDecimals = 3;

    private readonly CallUsage _usage = new(call);
    private ChatRequest? _request;
    private CachedAnswer? _cached;
    private Usd _savedCost;
    private double? _similarity;
    private TimeSpan? _firstToken;
    private UInt128 _finishedChoices;
    private string? _finishReason;
    private bool _isMalformed;
    private bool _isAltered;

    public CallTelemetry Telemetry { get; } = CallTelemetry.Begin(call);

    /// <summary>The way over the targets, once the call is on it.</summary>
    public Route? Route { get; private set; }

    /// <summary>How often a provider was asked.</summary>
    public int Attempts => Route?.AttemptCount ?? 0;

    /// <summary>A status and possibly a body went out.</summary>
    public bool HasBegun { get; private set; }

    /// <inheritdoc cref="AnswerTap.IsPlainCompletion"/>
    public bool IsPlainCompletion { get; private set; }

    /// <summary>The model's last word was seen.</summary>
    public bool IsFinished => _finishReason is not null;

    /// <summary>What the cache said.</summary>
    public CacheVerdict Cache { get; set; }

    /// <summary>The answer is the provider's own to the model that was asked for, and nothing was left out of it or cut off.</summary>
    public bool IsGenuine(Model asked) => _usage.Served is { IsRehearsed: false } answer && answer.Model.Id == asked.Id && !_isMalformed && !_isAltered;

    /// <summary>What looking for a message that is worded alike took.</summary>
    public EmbeddingBill Embedding { get; set; }

    /// <summary>The name that the provider knows the model by that answers.</summary>
    public string? ProviderModel => _cached?.ProviderModel ?? _usage.Served?.ProviderModel;

    /// <summary>The last word of the model, such as <c>stop</c>.</summary>
    public string? FinishReason => _finishReason;

    /// <summary>The public name of the model that answers: for a pattern, the name that was asked for.</summary>
    public string? ModelServed => _cached is not null ? _cached.Model : _usage.Served is { } answer ? NameOf(answer) : null;

    /// <summary>The model that answers, once one does; before, the one that was asked for.</summary>
    public Model? Model => _usage.Served?.Model ?? (_request is null ? null : call.Caller.Snapshot.FindModel(_request.Model));

    public Provider? Provider => _usage.Served?.Provider;

    public ChatRequest Read(ChatRequest request)
    {
        Telemetry.Asked(request);
        return _usage.Request = _request = request;
    }

    /// <summary>What the limits gave the call, once it is admitted.</summary>
    public Admission? Admission { get; private set; }

    public Admission Admitted(Admission admission)
    {
        // Beyond what is asked of the provider a stream is ended, and nothing is charged.
        _usage.OutputCap = (long?)(admission.OutputCap ?? _request!.MaxOutputTokens) * _request!.Choices;
        return Admission = admission;
    }

    public Route Routed(Route route) => Route = route;

    /// <summary>The admission is given back, and another is sought.</summary>
    public async ValueTask WithdrawAsync()
    {
        if (Admission is { } admission) await admission.CancelAsync();
        Admission = null;
    }

    /// <summary>The answer comes from the cache: it costs nothing, and saves what the model of this price would have cost.</summary>
    /// <param name="similarity">How near the message is, when it is not the same.</param>
    public void Served(CachedAnswer answer, CacheVerdict verdict, Model model, double? similarity = null)
    {
        (_cached, Cache, _finishReason, _similarity) = (answer, verdict, answer.FinishReason, similarity);
        _firstToken ??= time.GetElapsedTime(call.StartedTimestamp);
        _savedCost = Pricing.Cost(model.PriceAt(call.StartedAt), answer.Usage);
    }

    /// <param name="isCharged">False while it isn't known whether the caller gets anything of it.</param>
    public RoutedAnswer Answering(RoutedAnswer answer, bool isCharged = true)
    {
        _usage.Begin(answer, isCharged);
        return answer;
    }

    public void Began() => HasBegun = true;

    /// <summary>The answer broke off, and what was delivered of it stays.</summary>
    public void Keep()
    {
        _isAltered = true;
        _usage.Keep();
        Forget();
    }

    /// <summary>The answer broke off, and nothing of it was delivered.</summary>
    public void Discard()
    {
        _usage.Discard();
        Forget();
    }

    /// <inheritdoc cref="CallUsage.Adopt"/>
    public void Adopt() => _usage.Adopt();

    /// <summary>True when the model goes on beyond its cap, with choices still open.</summary>
    public bool MustBeCut => OpenChoices != 0 && _usage.HasExceededCap();

    /// <summary>The choices, as bits, without a finish reason.</summary>
    public UInt128 OpenChoices => (UInt128.MaxValue >> (128 - _request!.Choices)) & ~_finishedChoices;

    /// <summary>The gateway ended the answer at its cap.</summary>
    public void Cut()
    {
        _isAltered = true;
        _usage.CutAtCap();
        _finishReason = "length";
    }

    /// <summary>Reads a chunk that passes by.</summary>
    public AnswerTap Saw(ReadOnlySpan<byte> json) => Saw(_usage.Read(json));

    /// <summary>Takes what was read of the whole answer.</summary>
    public void SawWhole(RoutedAnswer answer)
    {
        _usage.Take(answer);
        IsPlainCompletion = Saw(answer.Tap).IsPlainCompletion;
    }

    private AnswerTap Saw(in AnswerTap tap)
    {
        _isMalformed |= !tap.IsValid;
        if (!tap.IsValid || tap.HasError) return tap;
        if (tap.OutputBytes > 0 && _firstToken is null) _firstToken = time.GetElapsedTime(call.StartedTimestamp);
        _finishedChoices |= tap.FinishedChoices;
        _finishReason = tap.FinishReason ?? _finishReason;
        return tap;
    }

    /// <summary>The tokens that are charged: the provider's numbers, else a count of what was delivered. Nothing was used while no provider began to answer.</summary>
    public (TokenUsage Usage, UsageSource Source) Tokens() => _usage.Tokens();

    /// <summary>What the call costs by the price of the model that served, as of the call's arrival.</summary>
    public Usd Cost() => _usage.Served is { } answer ? CostBy(answer.Model) : Usd.Zero;

    /// <summary>What it would cost by another model's price.</summary>
    public Usd CostBy(Model? model) => _usage.CostBy(model);

    /// <summary>The name of the model that serves, or what stands in its place.</summary>
    public string NameOf(RoutedAnswer answer) => answer.IsRehearsed ? Drill.Name : answer.Model.IsPattern ? _request!.Model : answer.Model.Name;

    /// <summary>What the call came to is settled.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>True the first time.</summary>
    public bool TryClose() => !IsClosed && (IsClosed = true);

    public UsageRecord Ended(Outcome outcome, int status, ErrorCode? error = null)
    {
        var (usage, source) = Tokens();
        var cost = Cost();
        _usage.Close();
        var answer = _usage.Served;
        return new UsageRecord
        {
            RequestId = call.RequestId,
            StartedAt = call.StartedAt,
            TenantId = call.Caller.Tenant.Id,
            KeyId = call.Caller.Key?.Id,
            UserId = call.Caller.UserId,
            Task = call.Task ?? _request?.Task,
            ModelAsked = _request?.Model ?? "",
            ModelServed = ModelServed,
            ProviderId = answer?.Provider.Id,
            ProviderModel = ProviderModel,
            Attempts = Attempts,
            AttemptLog = Route is null ? null : AttemptLog.Write(Route.Log()),
            Stream = _request?.Stream ?? false,
            Cache = Cache,
            Outcome = outcome,
            Status = status,
            ErrorCode = error?.Code,
            FinishReason = _finishReason,
            InputTokens = usage.Input,
            CachedInputTokens = usage.CachedInput,
            CacheWriteTokens = usage.CacheWrite,
            OutputTokens = usage.Output,
            ReasoningTokens = usage.Reasoning,
            UsageSource = source,
            Flags = _usage.Flags | (_isMalformed ? UsageFlags.MalformedChunk : UsageFlags.None),
            PriceVersion = answer?.Model.PriceAt(call.StartedAt)?.Version,
            Cost = cost,
            WastedCost = _usage.Wasted,
            SavedCost = _savedCost,
            CachedFrom = _cached?.RequestId,
            SavedTokens = _cached?.Usage.Total ?? 0,
            CacheSimilarity = _similarity,
            EmbeddingTokens = Embedding.Tokens,
            EmbeddingCost = Embedding.Cost,
            FirstTokenMs = _firstToken is { } first ? Math.Round(first.TotalMilliseconds, MicroDecimals) : null,
            DurationMs = Math.Round(time.GetElapsedTime(call.StartedTimestamp).TotalMilliseconds, MicroDecimals),
        };
    }

    private void Forget() => (_finishedChoices, _finishReason) = (0, null);
}
