using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Api.Admin;

/// <summary>A model as it is answered.</summary>
internal sealed record ModelView
{
    public string Object { get; } = "model";
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required IReadOnlyList<TargetView> Targets { get; init; }
    public required IReadOnlyList<string> Fallbacks { get; init; }
    public required ModelTimeouts Timeouts { get; init; }

    public Stickiness Sticky { get; init; }
    public int Retries { get; init; }
    public RescueMode Rescue { get; init; }
    public string? GracefulMessage { get; init; }
    public bool ContextFallback { get; init; }

    /// <summary>The price in force; null means unpriced.</summary>
    public PriceView? Prices { get; init; }

    /// <summary>All price versions, oldest first.</summary>
    public required IReadOnlyList<PriceView> PriceHistory { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    public static ModelView From(Model model, ConfigurationSnapshot snapshot, DateTimeOffset now) => new()
    {
        Id = model.Id,
        Name = model.Name,
        Targets = [.. model.Targets.Select(target => TargetView.From(target, snapshot))],
        Fallbacks = model.Fallbacks,
        Timeouts = model.Timeouts,
        Sticky = model.Resilience.Sticky,
        Retries = model.Resilience.Retries,
        Rescue = model.Resilience.Rescue,
        GracefulMessage = model.Resilience.GracefulMessage,
        ContextFallback = model.Resilience.ContextFallback,
        Prices = model.PriceAt(now) is { } price ? PriceView.From(price) : null,
        PriceHistory = [.. model.Prices.Select(PriceView.From)],
        CreatedAt = model.CreatedAt,
    };
}

internal sealed record TargetView
{
    /// <summary>The provider's name.</summary>
    public required string Provider { get; init; }
    public required string ProviderId { get; init; }
    public required string Model { get; init; }
    public int Weight { get; init; }
    public int Group { get; init; }
    public bool AcceptsPrefill { get; init; }
    public bool Drained { get; init; }

    public static TargetView From(ModelTarget target, ConfigurationSnapshot snapshot) => new()
    {
        Provider = snapshot.Providers.GetValueOrDefault(target.ProviderId)?.Name ?? target.ProviderId,
        ProviderId = target.ProviderId,
        Model = target.Model,
        Weight = target.Weight,
        Group = target.Group,
        AcceptsPrefill = target.AcceptsPrefill,
        Drained = target.Drained,
    };
}

/// <summary>One price version, in dollars per million tokens.</summary>
internal sealed record PriceView
{
    public int Version { get; init; }
    public DateTimeOffset EffectiveFrom { get; init; }
    public Usd InputPerMillion { get; init; }
    public Usd? CachedInputPerMillion { get; init; }
    public Usd? CacheWritePerMillion { get; init; }
    public Usd OutputPerMillion { get; init; }

    /// <summary>Dollars for each call, beside its tokens.</summary>
    public Usd? PerRequest { get; init; }

    public static PriceView From(ModelPrice price) => new()
    {
        Version = price.Version,
        EffectiveFrom = price.EffectiveFrom,
        InputPerMillion = price.InputPerMillion,
        CachedInputPerMillion = price.CachedInputPerMillion,
        CacheWritePerMillion = price.CacheWritePerMillion,
        OutputPerMillion = price.OutputPerMillion,
        PerRequest = price.PerRequest,
    };
}
