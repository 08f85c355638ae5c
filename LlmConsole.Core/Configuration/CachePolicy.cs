namespace LlmConsole.Core.Configuration;

/// <summary>Which answers may be given again, to whom, and for how long. Everything is off unless an administrator turns it on.</summary>
public sealed record CachePolicy
{
    public static readonly CachePolicy Off = new();

    public ExactCachePolicy Exact { get; init; } = new();
    public SemanticCachePolicy Semantic { get; init; } = new();

    /// <summary>Who shares answers.</summary>
    public CacheScope Scope { get; init; } = CacheScope.Tenant;

    /// <summary>Whether answers with tool calls are kept. Tools often have effects, so that the same call again isn't always meant.</summary>
    public bool StoreToolCalls { get; init; }
}

/// <summary>Answers to requests that are the same in everything that can change the answer.</summary>
public sealed record ExactCachePolicy
{
    public const int MaxTtlSeconds = 30 * 24 * 3600;

    public bool Enabled { get; init; }

    /// <summary>How long an answer is given again, in seconds.</summary>
    public int TtlSeconds { get; init; } = 3600;
}

/// <summary>Answers to requests whose last user message is worded alike.</summary>
public sealed record SemanticCachePolicy
{
    public const string LexicalEmbedder = "lexical";
    public const double DefaultThreshold = 0.8;

    public bool Enabled { get; init; }

    /// <summary>The least cosine similarity of two messages, 0 to 1.</summary>
    public double Threshold { get; init; } = DefaultThreshold;

    /// <summary>Looks up and compares, but never serves: to learn what a threshold would do.</summary>
    public bool Shadow { get; init; }

    /// <summary>Keeps the pairs that shadow mode finds, prompts and answers included, for the threshold lab.</summary>
    public bool CollectPairs { get; init; }

    /// <summary><c>lexical</c>, or a provider's name and its embedding model as <c>provider/model</c>.</summary>
    public string Embedder { get; init; } = LexicalEmbedder;

    /// <summary>Whether anything is looked up at all.</summary>
    internal bool IsLookedUp => Enabled || Shadow;
}

/// <summary>Who shares answers. Nothing crosses a tenant, whatever is set.</summary>
public enum CacheScope
{
    /// <summary>All callers of a tenant.</summary>
    Tenant,

    /// <summary>The calls with one API key; a signed-in user or JWT subject counts as a key of its own.</summary>
    Key,

    /// <summary>One signed-in user, JWT subject, or <c>user</c> of the request; without any of them nothing is cached.</summary>
    User,
}
