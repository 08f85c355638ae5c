namespace LlmConsole.Core.Configuration;

/// <summary>A price is never changed, only followed by another one: the books say which version a call was charged by.</summary>
public static class ModelPricing
{
    /// <summary>The model with a new price version in force from now on; the same model when that price is in force already.</summary>
    public static Model WithPrice(this Model model, Usd inputPerMillion, Usd? cachedInputPerMillion, Usd outputPerMillion, DateTimeOffset now)
    {
        if (model.PriceAt(now) is { } current
            && current.InputPerMillion == inputPerMillion && current.CachedInputPerMillion == cachedInputPerMillion && current.OutputPerMillion == outputPerMillion)
            return model;

        var next = new ModelPrice
        {
            Version = model.Prices.Count == 0 ? 1 : model.Prices[^1].Version + 1,
            EffectiveFrom = now,
            InputPerMillion = inputPerMillion,
            CachedInputPerMillion = cachedInputPerMillion,
            OutputPerMillion = outputPerMillion,
        };
        return model with { Prices = [.. model.Prices, next] };
    }
}
