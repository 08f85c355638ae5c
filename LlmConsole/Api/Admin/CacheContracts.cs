using LlmConsole.Core.Configuration;

namespace LlmConsole.Api.Admin;

/// <summary>A cache policy as it is sent; what is missing stays.</summary>
internal sealed record CacheBody
{
    /// <summary>Answers to requests that are the same in everything that can change the answer; null turns them off.</summary>
    public Optional<ExactBody> Exact { get; init; }

    /// <summary>Answers to requests whose last user message is worded alike; null turns them off.</summary>
    public Optional<SemanticBody> Semantic { get; init; }

    /// <summary>Who shares answers: <c>tenant</c> (the default), <c>key</c> or <c>user</c>.</summary>
    public Optional<CacheScope?> Scope { get; init; }

    /// <summary>Whether answers with tool calls are kept; false if it isn't sent.</summary>
    public Optional<bool?> StoreToolCalls { get; init; }

    public CachePolicy ApplyTo(CachePolicy current) => new()
    {
        Exact = Exact.IsSent ? Exact.Value?.ApplyTo(current.Exact) ?? new ExactCachePolicy() : current.Exact,
        Semantic = Semantic.IsSent ? Semantic.Value?.ApplyTo(current.Semantic) ?? new SemanticCachePolicy() : current.Semantic,
        Scope = Scope.Or(current.Scope) ?? CacheScope.Tenant,
        StoreToolCalls = StoreToolCalls.Or(current.StoreToolCalls) ?? false,
    };
}

/// <summary>Exact caching as it is sent.</summary>
internal sealed record ExactBody
{
    public Optional<bool?> Enabled { get; init; }

    /// <summary>How long an answer is given again, in seconds; 3600 if it isn't sent.</summary>
    public Optional<int?> TtlSeconds { get; init; }

    public ExactCachePolicy ApplyTo(ExactCachePolicy current) => new()
    {
        Enabled = Enabled.Or(current.Enabled) ?? false,
        TtlSeconds = TtlSeconds.Or(current.TtlSeconds) ?? new ExactCachePolicy().TtlSeconds,
    };
}

/// <summary>Semantic caching as it is sent.</summary>
internal sealed record SemanticBody
{
    public Optional<bool?> Enabled { get; init; }

    /// <summary>The least cosine similarity of two messages, 0.5 to 1.</summary>
    public Optional<double?> Threshold { get; init; }

    /// <summary>Looks up and compares, but never serves.</summary>
    public Optional<bool?> Shadow { get; init; }

    /// <summary>Keeps the pairs that shadow mode finds, prompts and answers included, for the threshold lab.</summary>
    public Optional<bool?> CollectPairs { get; init; }

    /// <summary><c>lexical</c> (the default), or a provider's name and its embedding model as <c>provider/model</c>.</summary>
    public Optional<string> Embedder { get; init; }

    public SemanticCachePolicy ApplyTo(SemanticCachePolicy current) => new()
    {
        Enabled = Enabled.Or(current.Enabled) ?? false,
        Threshold = Threshold.Or(current.Threshold) ?? SemanticCachePolicy.DefaultThreshold,
        Shadow = Shadow.Or(current.Shadow) ?? false,
        CollectPairs = CollectPairs.Or(current.CollectPairs) ?? false,
        Embedder = Embedder.Or(current.Embedder) ?? SemanticCachePolicy.LexicalEmbedder,
    };
}

/// <summary>A cache policy as it is answered.</summary>
internal sealed record CacheView(ExactView Exact, SemanticView Semantic, CacheScope Scope, bool StoreToolCalls)
{
    public static CacheView From(CachePolicy policy) => new(
        new ExactView(policy.Exact.Enabled, policy.Exact.TtlSeconds),
        new SemanticView(policy.Semantic.Enabled, policy.Semantic.Threshold, policy.Semantic.Shadow, policy.Semantic.CollectPairs, policy.Semantic.Embedder),
        policy.Scope, policy.StoreToolCalls);
}

/// <summary>Exact caching as it is answered.</summary>
internal sealed record ExactView(bool Enabled, int TtlSeconds);

/// <summary>Semantic caching as it is answered.</summary>
internal sealed record SemanticView(bool Enabled, double Threshold, bool Shadow, bool CollectPairs, string Embedder);
