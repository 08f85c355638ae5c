using LlmConsole.Core.Caching;
using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Core.Limits;

namespace LlmConsole.Core.Chat;

/// <summary>Where the road passes the cache.</summary>
public sealed class CachedRoad
{
    internal CachedRoad(AnswerCache cache, SemanticLookup semantic, Embedders embedders, CachePairs pairs, Limiter limiter, TimeProvider time) =>
        (Cache, Semantic, Embedders, Pairs, Limiter, Time) = (cache, semantic, embedders, pairs, limiter, time);

    internal AnswerCache Cache { get; }
    internal SemanticLookup Semantic { get; }
    internal Embedders Embedders { get; }
    internal CachePairs Pairs { get; }
    internal Limiter Limiter { get; }
    internal TimeProvider Time { get; }

    internal CacheVisit Enter(ChatCall call, CallBooks books, IAnswerSink sink, CancellationToken caller) => new(this, call, books, sink, caller);
}
