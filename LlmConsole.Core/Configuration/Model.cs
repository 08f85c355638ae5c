namespace LlmConsole.Core.Configuration;

/// <summary>A public model name and how it is served: ordered groups of weighted targets, then fallback models.</summary>
public sealed record Model : IConfigured
{
    public required string Id { get; init; }

    /// <summary>The name that clients send; a trailing <c>*</c> serves every name with that prefix.</summary>
    public required string Name { get; init; }
    public required IReadOnlyList<ModelTarget> Targets { get; init; }

    /// <summary>Public names of models to try, in order, when no target answers.</summary>
    public IReadOnlyList<string> Fallbacks { get; init; } = [];
    public ModelTimeouts Timeouts { get; init; } = new();

    /// <summary>What is done when targets fail.</summary>
    public ModelResilience Resilience { get; init; } = new();

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
/// <param name="Weight">Share of the traffic among the targets of the same group.</param>
public sealed record ModelTarget(string ProviderId, string Model, int Weight = 1)
{
    /// <summary>Groups are asked in ascending order: a later one only when no target of an earlier one answers.</summary>
    public int Group { get; init; }

    /// <summary>It goes on from an assistant message at the end of the request, and answers with the rest alone.</summary>
    public bool AcceptsPrefill { get; init; }

    /// <summary>Taken out of service by hand: it gets no new calls.</summary>
    public bool Drained { get; init; }
}

/// <summary>How long a call may take, in seconds.</summary>
public sealed record ModelTimeouts
{
    /// <summary>From asking to the first token.</summary>
    public int FirstTokenSeconds { get; init; } = 60;

    /// <summary>Silence between two events of a stream.</summary>
    public int IdleSeconds { get; init; } = 60;

    /// <summary>The whole call.</summary>
    public int TotalSeconds { get; init; } = 600;

    /// <summary>Until a new connection to the provider stands, name look-up and TLS included.</summary>
    public int ConnectSeconds { get; init; } = 10;

    /// <summary>Of each, the shorter.</summary>
    public ModelTimeouts ShortenedBy(TimeoutLimits? limits) => limits is null ? this : new ModelTimeouts
    {
        FirstTokenSeconds = Math.Min(FirstTokenSeconds, limits.FirstTokenSeconds ?? int.MaxValue),
        IdleSeconds = Math.Min(IdleSeconds, limits.IdleSeconds ?? int.MaxValue),
        TotalSeconds = Math.Min(TotalSeconds, limits.TotalSeconds ?? int.MaxValue),
        ConnectSeconds = Math.Min(ConnectSeconds, limits.ConnectSeconds ?? int.MaxValue),
    };
}

/// <summary>What a model costs from a moment on: dollars per million tokens of each kind, and for the call itself.</summary>
public sealed record ModelPrice
{
    public required int Version { get; init; }
    public required DateTimeOffset EffectiveFrom { get; init; }
    public required Usd InputPerMillion { get; init; }

    /// <summary>Prompt tokens that the provider read from its own cache; missing means the input price.</summary>
    public Usd? CachedInputPerMillion { get; init; }

    /// <summary>Prompt tokens that the provider wrote to its own cache; missing means the input price.</summary>
    public Usd? CacheWritePerMillion { get; init; }
    public required Usd OutputPerMillion { get; init; }

    /// <summary>For each call that a provider began to answer, beside its tokens; missing means nothing.</summary>
    public Usd? PerRequest { get; init; }

    /// <summary>The dearest that a token of the prompt can become.</summary>
    public Usd DearestInput() => Dearer(InputPerMillion, Dearer(CachedInputPerMillion ?? Usd.Zero, CacheWritePerMillion ?? Usd.Zero));

    private static Usd Dearer(Usd a, Usd b) => a > b ? a : b;
}
