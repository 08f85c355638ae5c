namespace LlmConsole.Core.Configuration;

/// <summary>A price is never changed, only followed by another one: the books say which version a call was charged by.</summary>
public static class ModelPricing
{
    /// <summary>The model with a new price version in force from now on; the same model when that price is in force already.</summary>
    public static Model WithPrice(this Model model, Usd inputPerMillion, Usd? cachedInputPerMillion, Usd outputPerMillion, DateTimeOffset now) =>
        model.WithPrice(new ModelPrice { Version = 0, EffectiveFrom = now, InputPerMillion = inputPerMillion, CachedInputPerMillion = cachedInputPerMillion, OutputPerMillion = outputPerMillion });

    /// <summary>The model with this price, in force from the moment that it says. Its version is the next one, whatever it says.</summary>
    public static Model WithPrice(this Model model, ModelPrice price)
    {
        if (model.PriceAt(price.EffectiveFrom) is { } current && current with { Version = price.Version, EffectiveFrom = price.EffectiveFrom } == price) return model;
        return model with { Prices = [.. model.Prices, price with { Version = model.Prices.Count == 0 ? 1 : model.Prices[^1].Version + 1 }] };
    }
}
