using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace LlmConsole.Core.Configuration;

/// <summary>
/// List prices of common public models, as a start: an administrator accepts one after a look at the provider's own page, and nothing is ever charged by
/// this table itself. It carries the month that it speaks of, for prices change.
/// </summary>
public static partial class SuggestedPrices
{
    private static readonly Lazy<Table> Loaded = new(Load);
    private static readonly string[] Routes = ["models/", "openai/", "anthropic/", "google/", "mistralai/", "deepseek/"];

    /// <summary>Year and month of the prices, such as <c>2025-08</c>.</summary>
    public static string AsOf => Loaded.Value.AsOf;

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
        return JsonSerializer.Deserialize<Table>(stream, JsonSerializerOptions.Web)!;
    }

    /// <summary>What vendors append to a family's name: a date, a number of a version, <c>latest</c>.</summary>
    [GeneratedRegex("-([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}|[0-9]{3,4}|latest)$")]
    private static partial Regex Snapshot();

    private sealed record Table([property: JsonPropertyName("as_of")] string AsOf, IReadOnlyList<SuggestedPrice> Models);
}

/// <summary>A list price, in dollars per million tokens.</summary>
/// <param name="Host">Who sells it at this price.</param>
/// <param name="Model">The name that the host knows the model by.</param>
/// <param name="CachedInput">Prompt tokens read from the host's cache; none where there is no such price.</param>
public sealed record SuggestedPrice(string Host, string Model, Usd Input, Usd? CachedInput, Usd Output);
