using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

internal static class PriceSuggestionsEndpoints
{
    public static void MapPriceSuggestions(this RouteGroupBuilder admin) => admin.MapGet("price-suggestions", List).WithMetadata(new OperationDoc(
        "list-price-suggestions", "List price suggestions",
        "List prices of common public models, in dollars per million tokens, each as of a month: check them against the provider's own page, which source names where the price was compared with it. Nothing is charged by them until they are sent as a model's prices. model is the provider's name of one; a dated snapshot is found by its family.")
    {
        Tag = "Admin: models", IsList = true, Filters = ["model"],
        Response = """{"object":"list","data":[{"host":"OpenAI","model":"gpt-4o","inputPerMillion":2.5,"cachedInputPerMillion":1.25,"cacheWritePerMillion":null,"outputPerMillion":10,"asOf":"2025-08","source":null,"note":null}],"has_more":false,"next":null}""",
    });

    private static Ok<Page<PriceSuggestionView>> List(HttpRequest request)
    {
        var query = new Query(request, "model");
        IEnumerable<SuggestedPrice> known = query.Text("model") is not { } model ? SuggestedPrices.All : SuggestedPrices.Find(model) is { } one ? [one] : [];
        var rows = known.Where(price => query.After is not { } after || string.CompareOrdinal(price.Model, after) > 0)
            .OrderBy(price => price.Model, StringComparer.Ordinal).Take(query.Limit + 1).ToList();
        return TypedResults.Ok(new Page<PriceSuggestionView>([.. rows.Take(query.Limit).Select(PriceSuggestionView.From)], rows.Count > query.Limit ? rows[query.Limit - 1].Model : null));
    }
}

/// <summary>A list price, in dollars per million tokens.</summary>
/// <param name="AsOf">Year and month that the price is of.</param>
/// <param name="Source">The provider's own page, where the price was compared with it.</param>
/// <param name="Note">When it holds, where that isn't always.</param>
internal sealed record PriceSuggestionView(string Host, string Model, Usd InputPerMillion, Usd? CachedInputPerMillion, Usd? CacheWritePerMillion, Usd OutputPerMillion, string AsOf, string? Source, string? Note)
{
    public static PriceSuggestionView From(SuggestedPrice price) => new(price.Host, price.Model, price.Input, price.CachedInput, price.CacheWrite, price.Output, price.AsOf, price.Source, price.Note);
}
