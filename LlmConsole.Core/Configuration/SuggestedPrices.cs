using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace LlmConsole.Core.Configuration;

/// <summary>
/// List prices of common public models, as a start: an administrator accepts one after a look at the provider's own page, and nothing is ever charged by
/// this table itself. Each carries the month that it speaks of, for prices change; those that were read off the provider's own page say where that is.
/// </summary>
public static partial class SuggestedPrices
{
    private static readonly Lazy<Table> Loaded = new(Load);
    private static readonly string[] Routes = ["models/", "openai/", "anthropic/", "google/", "mistralai/", "deepseek/"];

    /// <summary>All that are known, host by host.</summary>
    public static IReadOnlyList<SuggestedPrice> All => Loaded.Value.Models;

    /// <summary>The price of a model by the name that its provider knows, a dated snapshot such as <c>gpt-4o-2024-08-06</c> by that of its family; none for a model that isn't known.</summary>
    public static SuggestedPrice? Find(string providerModel)
    {
        var name = providerModel.Trim();
        foreach (var route in Routes)
        {
            if (name.StartsWith(route, StringComparison.Ordinal)) name = name[route.Length..];
        }

        var family = Snapshot().Replace(name, "");
        return All.FirstOrDefault(price => price.Model == name) ?? All.FirstOrDefault(price => price.Model == family);
    }

    private static Table Load()
    {
        using var stream = typeof(SuggestedPrices).Assembly.GetManifestResourceStream("suggested-prices.json")!;
        var table = JsonSerializer.Deserialize<Table>(stream, JsonSerializerOptions.Web)!;
        return table with { Models = [.. table.Models.Select(price => price.AsOf.Length > 0 ? price : price with { AsOf = table.AsOf })] };
    }

    /// <summary>What vendors append to a family's name: a date, a number of a version, <c>latest</c>.</summary>
    [GeneratedRegex("-([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}|[0-9]{3,4}|latest)$")]
    private static partial Regex Snapshot();

    /// <param name="AsOf">Of the prices that don't say their own.</param>
    private sealed record Table([property: JsonPropertyName("as_of")] string AsOf, IReadOnlyList<SuggestedPrice> Models);
}

/// <summary>A list price, in dollars per million tokens.</summary>
/// <param name="Host">Who sells it at this price.</param>
/// <param name="Model">The name that the host knows the model by.</param>
/// <param name="CachedInput">Prompt tokens read from the host's cache; none where there is no such price.</param>
/// <param name="CacheWrite">Prompt tokens written to the host's cache; none where they cost like input.</param>
/// <param name="AsOf">Year and month that the price is of, such as <c>2026-10</c>.</param>
/// <param name="Source">The host's own page, where the price was compared with it; none for a price that was not.</param>
/// <param name="Note">When it holds, where that isn't always.</param>
public sealed record SuggestedPrice(string Host, string Model, Usd Input, Usd? CachedInput, Usd Output, Usd? CacheWrite = null, string AsOf = "", string? Source = null, string? Note = null);
