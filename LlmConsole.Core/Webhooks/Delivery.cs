namespace LlmConsole.Core.Webhooks;

/// <summary>One event on its way to one endpoint. The row is written together with what caused it, and is the truth about it.</summary>
public sealed record Delivery
{
    public required string Id { get; init; }

    /// <summary>The <c>webhook-id</c>: the same at every attempt and when it is sent again, so that a receiver can tell what it has already.</summary>
    public required string MessageId { get; init; }
    public required string EndpointId { get; init; }
    public string? TenantId { get; init; }
    public required string EventType { get; init; }

    /// <summary>The id of what the event is about, such as a job.</summary>
    public string? SubjectId { get; init; }

    /// <summary>The body, byte for byte as it is signed.</summary>
    public required byte[] Body { get; init; }
    public required DeliveryState State { get; init; }

    /// <summary>Attempts since it was last sent; where it stands in the schedule.</summary>
    public int Tries { get; init; }

    /// <summary>Attempts in all.</summary>
    public int Attempts { get; init; }

    /// <summary>When the next attempt is due.</summary>
    public required DateTimeOffset NextAt { get; init; }

    /// <summary>Until when whoever attempts it is believed to live.</summary>
    public required DateTimeOffset LeaseUntil { get; init; }

    /// <summary>Counts those who attempted it: one who was taken for dead changes nothing when he wakes up.</summary>
    public long Fence { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>What the last attempt brought.</summary>
    public int? LastStatus { get; init; }
    public string? LastError { get; init; }
    public DateTimeOffset? LastAt { get; init; }
}

public enum DeliveryState
{
    /// <summary>An attempt is due, or will be.</summary>
    Pending,

    /// <summary>The receiver took it.</summary>
    Delivered,

    /// <summary>The schedule is exhausted, or the receiver is gone.</summary>
    Failed,
}

/// <summary>One attempt to deliver: what was sent, and what came back.</summary>
public sealed record DeliveryAttempt
{
    public const int MaxTextLength = 1_024;

    public required string DeliveryId { get; init; }

    /// <summary>From 1.</summary>
    public required int Number { get; init; }
    public required DateTimeOffset At { get; init; }
    public required double DurationMs { get; init; }
    public required IReadOnlyList<HeaderLine> RequestHeaders { get; init; }

    /// <summary>The status of the answer; none when there was no answer.</summary>
    public int? Status { get; init; }
    public IReadOnlyList<HeaderLine> ResponseHeaders { get; init; } = [];

    /// <summary>The beginning of the answer's body.</summary>
    public string? ResponseStart { get; init; }

    /// <summary>Why it failed, in a sentence.</summary>
    public string? Error { get; init; }

    public bool IsSuccess => Error is null;
}

public sealed record HeaderLine(string Name, string Value);
