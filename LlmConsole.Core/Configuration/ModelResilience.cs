using System.Text.Json.Serialization;

namespace LlmConsole.Core.Configuration;

/// <summary>What a model does when its targets fail.</summary>
public sealed record ModelResilience
{
    /// <summary>The most retries of a call.</summary>
    public const int MaxRetries = 2;

    /// <summary>Whether calls that belong together go to the same target.</summary>
    public Stickiness Sticky { get; init; }

    /// <summary>How often a call may ask a target again that failed before its first token, once every other target was asked.</summary>
    public int Retries { get; init; } = 1;

    /// <summary>What becomes of a stream that breaks off after it began.</summary>
    public RescueMode Rescue { get; init; }

    /// <summary>What callers are told, as a normal answer that costs nothing, when no target answers; without it they get an error.</summary>
    public string? GracefulMessage { get; init; }

    /// <summary>A prompt that is too long for this model is given to its fallback models, which may read more.</summary>
    public bool ContextFallback { get; init; }
}

/// <summary>Which calls go to the same target while it is well.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Stickiness>))]
public enum Stickiness
{
    /// <summary>Each call is drawn anew.</summary>
    None,

    /// <summary>Those of one user, so that the provider's cache of prompts helps.</summary>
    User,
}

/// <summary>What is done with a stream that breaks off.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RescueMode>))]
public enum RescueMode
{
    /// <summary>The caller gets an error event.</summary>
    None,

    /// <summary>The answer is kept back until it is complete, so that another target can take over unseen.</summary>
    Hold,

    /// <summary>Another target goes on from the text that was delivered.</summary>
    Continue,
}

/// <summary>Deadlines that shorten those of a model. A missing one doesn't.</summary>
public sealed record TimeoutLimits
{
    public int? FirstTokenSeconds { get; init; }
    public int? IdleSeconds { get; init; }
    public int? TotalSeconds { get; init; }
    public int? ConnectSeconds { get; init; }
}
