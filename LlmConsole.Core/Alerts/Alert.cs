using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Alerts;

/// <summary>Something that a rule watches for, from when it began until it was over.</summary>
public sealed record Alert
{
    public required string Id { get; init; }
    public required string RuleId { get; init; }
    public required string RuleName { get; init; }
    public required AlertKind Kind { get; init; }
    public string? TenantId { get; init; }

    /// <summary>What it is about, in words.</summary>
    public required string Sentence { get; init; }

    /// <summary>Ids of the endpoints that its rule named when it began, which are also told of its end; none for all that take alerts.</summary>
    public IReadOnlyList<string> Webhooks { get; init; } = [];

    /// <summary>Rule and subject while it lasts, none afterwards; unique, so that a condition that persists is one alert.</summary>
    public string? OpenKey { get; init; }
    public required DateTimeOffset FiredAt { get; init; }

    /// <summary>When the condition was last seen to hold.</summary>
    public required DateTimeOffset LastSeenAt { get; init; }
    public DateTimeOffset? ResolvedAt { get; init; }
}

/// <summary>Something that a rule watches for, as it is now.</summary>
/// <param name="Subject">What it is about: the same as long as it is the same condition.</param>
internal sealed record Condition(string Subject, string? TenantId, string Sentence)
{
    /// <summary>An event of its own that it also is, one of <see cref="EventTypes"/>.</summary>
    public string? EventType { get; init; }

    /// <summary>What that event says beside the sentence.</summary>
    public IReadOnlyDictionary<string, object?> Facts { get; init; } = new Dictionary<string, object?>();
}

/// <summary>When a user last looked at the bell.</summary>
internal sealed record AlertReader
{
    public required string UserId { get; init; }
    public required DateTimeOffset SeenAt { get; init; }
}

/// <summary>An alert that a user doesn't want to see in the bell any more.</summary>
internal sealed record AlertDismissal
{
    public required string UserId { get; init; }
    public required string AlertId { get; init; }
}

/// <summary>Which instance looks for conditions, and until when it is believed to live.</summary>
internal sealed record AlertLease
{
    public int Id { get; init; } = 1;
    public string Holder { get; init; } = "";
    public DateTimeOffset Until { get; init; } = DateTimeOffset.UnixEpoch;
}
