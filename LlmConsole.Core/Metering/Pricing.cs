using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Metering;

/// <summary>Tokens and a price to money. The sum over all buckets is exact and rounded up once, to the next nano-dollar; the price of the request itself comes on top.</summary>
public static class Pricing
{
    private const long TokensPerPrice = 1_000_000;

    public static Usd Cost(ModelPrice? price, in TokenUsage usage)
    {
        if (price is null) return Usd.Zero;
        var cached = price.CachedInputPerMillion ?? price.InputPerMillion;
        var write = price.CacheWritePerMillion ?? price.InputPerMillion;
        var total = ((Int128)usage.Input * price.InputPerMillion.Nanos) + ((Int128)usage.CachedInput * cached.Nanos) + ((Int128)usage.CacheWrite * write.Nanos)
            + ((Int128)usage.Output * price.OutputPerMillion.Nanos);
        return new Usd(checked((long)((total + TokensPerPrice - 1) / TokensPerPrice))) + (price.PerRequest ?? Usd.Zero);
    }
}
