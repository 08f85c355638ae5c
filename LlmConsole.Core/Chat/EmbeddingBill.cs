using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>
/// What the vector of a message took, for a call that looked in the cache by a provider's embeddings. By one rule: the tokens that the provider says, else the
/// gateway's count, by the price of the public model that has this embedding model as a target. It is the operator's: it stands in the books beside
/// the call's cost, and is charged to nobody.
/// </summary>
internal readonly record struct EmbeddingBill(long Tokens, Usd Cost)
{
    public static EmbeddingBill Of(PaidEmbedder? paid, string text, long? tokens, ConfigurationSnapshot snapshot, DateTimeOffset at)
    {
        if (paid is null) return default;
        var count = Math.Max(0, tokens ?? TokenCounter.For(paid.Model).Count(text));
        return count == 0 ? default : new EmbeddingBill(count, Pricing.Cost(PriceOf(paid, snapshot, at), new TokenUsage(count, 0, 0, 0)));
    }

    /// <summary>Of several models the first by name, so that it is always the same.</summary>
    private static ModelPrice? PriceOf(PaidEmbedder paid, ConfigurationSnapshot snapshot, DateTimeOffset at) => snapshot.Models.Values
        .Where(model => model.Targets.Any(target => target.ProviderId == paid.ProviderId && (target.Model == paid.Model || (target.Model == "*" && ModelPattern.Matches(model.Name, paid.Model)))))
        .OrderBy(model => model.Name, StringComparer.Ordinal).FirstOrDefault()?.PriceAt(at);
}
