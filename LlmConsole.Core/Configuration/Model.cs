namespace LlmConsole.Core.Configuration;

/// <summary>A public model name and how it is served: ordered weighted targets, then fallback models.</summary>
public sealed record Model : IConfigured
{
    public required string Id { get; init; }

    /// <summary>The name that clients send; a trailing <c>*</c> serves every name with that prefix.</summary>
    public required string Name { get; init; }
    public required IReadOnlyList<ModelTarget> Targets { get; init; }

    /// <summary>Public names of models to try, in order, when no target answers.</summary>
    public IReadOnlyList<string> Fallbacks { get; init; } = [];
    public ModelTimeouts Timeouts { get; init; } = new();

    /// <summary>Price versions, oldest first. Empty means unpriced.</summary>
    public IReadOnlyList<ModelPrice> Prices { get; init; } = [];
    public DateTimeOffset CreatedAt { get; init; }

    public bool IsPattern => Name.EndsWith('*');

    /// <summary>The version in force at a moment, or none.</summary>
    public ModelPrice? PriceAt(DateTimeOffset moment)
    {
        for (var i = Prices.Count - 1; i >= 0; i--)
        {
            if (Prices[i].EffectiveFrom <= moment) return Prices[i];
        }

        return null;
    }
}

/// <summary>One place that serves a model.</summary>
/// <param name="ProviderId">The provider's id.</param>
/// <param name="Model">The name that the provider knows; for a pattern, <c>*</c> sends the name that the client asked for.</param>
/// <param name="Weight">Share of the traffic among the model's targets.</param>
public sealed record ModelTarget(string ProviderId, string Model, int Weight = 1);

/// <summary>How long a call may take, in seconds.</summary>
public sealed record ModelTimeouts
{
    /// <summary>From asking to the first token.</summary>
    public int FirstTokenSeconds { get; init; } = 60;

    /// <summary>Silence between two events of a stream.</summary>
    public int IdleSeconds { get; init; } = 60;

    /// <summary>The whole call.</summary>
    public int TotalSeconds { get; init; } = 600;
}

/// <summary>What a model's tokens cost from a moment on, in dollars per million tokens.</summary>
public sealed record ModelPrice
{
    public required int Version { get; init; }
    public required DateTimeOffset EffectiveFrom { get; init; }
    public required Usd InputPerMillion { get; init; }

    /// <summary>Prompt tokens that the provider read from its own cache; missing means the input price.</summary>
    public Usd? CachedInputPerMillion { get; init; }
    public required Usd OutputPerMillion { get; init; }
}
