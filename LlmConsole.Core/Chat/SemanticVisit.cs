using LlmConsole.Core.Caching;
using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Telemetry;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>What one call has to do with the semantic cache: its message, its vector, and what was found near it.</summary>
internal sealed class SemanticVisit
{
    private readonly CachedRoad _road;
    private readonly ChatCall _call;
    private readonly CacheKey _rest;
    private readonly IEmbedder _embedder;
    private readonly float[] _vector;

    private SemanticVisit(CachedRoad road, ChatCall call, CacheKey rest, IEmbedder embedder, float[] vector, string text) =>
        (_road, _call, _rest, _embedder, _vector, Text) = (road, call, rest, embedder, vector, text);

    /// <summary>The last user message.</summary>
    public string Text { get; }

    /// <summary>What a look-up in shadow mode found, to be compared with the real answer.</summary>
    public SemanticMatch? Shadow { get; private set; }

    private SemanticCachePolicy Policy => _call.Caller.Cache.Semantic;

    /// <summary>None when the request isn't one to look up, or no vector could be had in time.</summary>
    public static async ValueTask<SemanticVisit?> BeginAsync(CachedRoad road, ChatCall call, CallBooks books, ChatRequest request, Model model, CancellationToken cancellation)
    {
        if (SemanticLookup.Eligible(request) is not { } last || CacheIdentity.Of(call.Caller, request, model, last.Start) is not { } rest) return null;
        if (road.Embedders.Find(call.Caller.Cache.Semantic, call.Caller.Snapshot) is not { } embedder) return null;
        var (vector, tokens) = await road.Semantic.EmbedAsync(embedder, last.Text, cancellation);
        books.Embedding = EmbeddingBill.Of(embedder.Paid, last.Text, tokens, call.Caller.Snapshot, call.StartedAt);
        cancellation.ThrowIfCancellationRequested();
        return vector is null ? null : new SemanticVisit(road, call, rest, embedder, vector, last.Text);
    }

    /// <summary>The answer to give; none in shadow mode.</summary>
    public async ValueTask<SemanticMatch?> FindAsync(CancellationToken cancellation)
    {
        var match = await _road.Semantic.FindAsync(_rest, _embedder, _vector, Text, Policy, cancellation);
        var isYoung = match?.Answer is { } answer && (_call.CacheTtl is not { } most || _road.Time.GetUtcNow() - answer.StoredAt <= most);
        if (!Policy.Enabled || Policy.Shadow)
        {
            Shadow = match;
            CacheMetrics.LookedUp(CacheMetrics.Semantic, isYoung ? "shadow" : "miss");
            return null;
        }

        CacheMetrics.LookedUp(CacheMetrics.Semantic, isYoung ? "hit" : match?.Veto is not null && match.Similarity >= Policy.Threshold ? "veto" : "miss");
        if (!isYoung) return null;
        _road.Cache.Memory.Given(match!.Message.Answer, new EntryMatch(_call.RequestId, CachedAnswer.Beginning(Text), match.Similarity, _road.Time.GetUtcNow()));
        return match;
    }

    /// <summary>Collects what shadow mode found, where the policy wishes it.</summary>
    public void Collect(CachedAnswer answer, Usd cost)
    {
        if (!Policy.CollectPairs || Shadow is not { } near || _road.Cache.Memory.Find(near.Message.Answer) is not { } nearAnswer) return;
        var (text, nearText) = (AnswerText.Of(answer.Completion), AnswerText.Of(nearAnswer.Completion));
        _road.Pairs.Collect(new CachePair
        {
            Id = Ids.New("pair", _road.Time), TenantId = answer.TenantId, At = answer.StoredAt, RequestId = answer.RequestId, Model = answer.Model, Embedder = _embedder.Id,
            Prompt = Text, NearPrompt = near.Message.Text, Similarity = near.Similarity, Veto = near.Veto, Answer = text, NearAnswer = nearText,
            AnswerSimilarity = AnswerText.Similarity(text, nearText), Cost = cost,
        });
    }

    /// <summary>The answer was kept under this key: messages like this one may find it.</summary>
    public void Keep(CacheKey key, CachedAnswer answer) =>
        _road.Semantic.Keep(_rest, _embedder, _vector, new IndexedMessage(Text, key, answer.TenantId, answer.RequestId, answer.ExpiresAt));
}
