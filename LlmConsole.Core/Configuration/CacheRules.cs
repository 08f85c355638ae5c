namespace LlmConsole.Core.Configuration;

/// <summary>What a cache policy must keep to.</summary>
internal static class CacheRules
{
    private const double LowestThreshold = 0.5;

    public static void Check(string prefix, CachePolicy policy, ConfigurationSnapshot after, List<Problem> problems)
    {
        if (policy.Exact.TtlSeconds is < 1 or > ExactCachePolicy.MaxTtlSeconds)
            problems.Add(new($"{prefix}exact.ttlSeconds", "Must be between 1 and 2,592,000 seconds (30 days)."));
        if (!(policy.Semantic.Threshold is >= LowestThreshold and <= 1))
            problems.Add(new($"{prefix}semantic.threshold", "Must be between 0.5 and 1: below, almost anything is alike."));
        if (policy.Semantic.CollectPairs && !policy.Semantic.Shadow)
            problems.Add(new($"{prefix}semantic.collectPairs", "Pairs are collected in shadow mode. Turn shadow on too."));
        Embedder($"{prefix}semantic.embedder", policy.Semantic.Embedder, after, problems);
    }

    private static void Embedder(string field, string embedder, ConfigurationSnapshot after, List<Problem> problems)
    {
        if (embedder == SemanticCachePolicy.LexicalEmbedder) return;
        var slash = embedder.IndexOf('/', StringComparison.Ordinal);
        if (slash < 1 || slash == embedder.Length - 1) problems.Add(new(field, "Must be lexical, or a provider's name and its embedding model, such as openai/text-embedding-3-small."));
        else if (after.Providers.Values.FirstOrDefault(provider => provider.Name == embedder[..slash]) is not { } provider) problems.Add(new(field, $"There is no provider named {embedder[..slash]}. Choose one that exists."));
        else if (provider.Kind is not (ProviderKind.OpenAI or ProviderKind.OpenAICompatible)) problems.Add(new(field, "Embeddings for the cache come from providers of the kinds openai and openai-compatible. Choose one of those, or lexical."));
    }
}
