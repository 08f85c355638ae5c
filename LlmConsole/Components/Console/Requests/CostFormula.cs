using LlmConsole.Components.Shared;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;

namespace LlmConsole.Components.Console.Requests;

/// <summary>How the cost of a call came about, in words that can be checked with a calculator.</summary>
internal static class CostFormula
{
    public static string Of(UsageRecord record, ConfigurationSnapshot snapshot)
    {
        if (record.Cache is CacheVerdict.Exact or CacheVerdict.Semantic) return $"Answered from the cache: nothing was charged. It would have cost {record.SavedCost}.";
        if (record.UsageSource == Core.Wire.UsageSource.None) return "No tokens were used, so nothing was charged.";
        if (record.PriceVersion is null) return "Unpriced: the model had no price when the call was admitted. Set one on the model to charge later calls.";
        return PriceOf(record, snapshot) is { } price
            ? $"{Sum(record, price)} per million tokens{(price.PerRequest is { } request ? $" + {request} for the request" : "")} = {record.Cost} (price version {price.Version})"
            : $"{record.Cost} by price version {record.PriceVersion} of a model that isn't configured any more.";
    }

    private static ModelPrice? PriceOf(UsageRecord record, ConfigurationSnapshot snapshot) =>
        snapshot.FindModel(record.ModelServed ?? record.ModelAsked)?.Prices.FirstOrDefault(price => price.Version == record.PriceVersion);

    private static string Sum(UsageRecord record, ModelPrice price)
    {
        var terms = new List<string> { Term(record.InputTokens, "input", price.InputPerMillion) };
        if (record.CachedInputTokens > 0) terms.Add(Term(record.CachedInputTokens, "cached input", price.CachedInputPerMillion ?? price.InputPerMillion));
        if (record.CacheWriteTokens > 0) terms.Add(Term(record.CacheWriteTokens, "cache write", price.CacheWritePerMillion ?? price.InputPerMillion));
        terms.Add(Term(record.OutputTokens, "output", price.OutputPerMillion));
        return string.Join(" + ", terms);
    }

    private static string Term(long tokens, string kind, Usd price) => $"{Display.Exact(tokens)} {kind} × {price}";
}
