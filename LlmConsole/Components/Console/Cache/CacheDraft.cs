using System.Globalization;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Cache;

/// <summary>A cache policy while it is being edited, as the fields hold it.</summary>
public sealed class CacheDraft(CachePolicy policy)
{
    public bool Exact { get; set; } = policy.Exact.Enabled;

    /// <summary>In seconds.</summary>
    public string Ttl { get; set; } = policy.Exact.TtlSeconds.ToString(CultureInfo.InvariantCulture);

    public bool Semantic { get; set; } = policy.Semantic.Enabled;

    public string Threshold { get; set; } = policy.Semantic.Threshold.ToString("0.###", CultureInfo.InvariantCulture);

    public bool Shadow { get; set; } = policy.Semantic.Shadow;

    public bool CollectPairs { get; set; } = policy.Semantic.CollectPairs;

    public string Embedder { get; set; } = policy.Semantic.Embedder;

    public CacheScope Scope { get; set; } = policy.Scope;

    public bool StoreToolCalls { get; set; } = policy.StoreToolCalls;

    /// <summary>The policy; what can't be read adds problems.</summary>
    public CachePolicy Read(ICollection<Problem> problems) => new()
    {
        Exact = new ExactCachePolicy { Enabled = Exact, TtlSeconds = NumberText.Read(Ttl, "cache.exact.ttlSeconds", problems) },
        Semantic = new SemanticCachePolicy { Enabled = Semantic, Threshold = ReadThreshold(problems), Shadow = Shadow, CollectPairs = Shadow && CollectPairs, Embedder = Embedder.Trim() },
        Scope = Scope,
        StoreToolCalls = StoreToolCalls,
    };

    private double ReadThreshold(ICollection<Problem> problems)
    {
        if (double.TryParse(Threshold.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var threshold)) return threshold;
        problems.Add(new Problem("cache.semantic.threshold", "Enter a number between 0.5 and 1, such as 0.8."));
        return SemanticCachePolicy.DefaultThreshold;
    }
}
