namespace LlmConsole.Core.Jobs;

/// <summary>Long work that a caller left with the gateway: requests that are answered one after the other, outside of any request. The row is the truth about it.</summary>
public sealed record Job
{
    public required string Id { get; init; }
    public required string TenantId { get; init; }

    /// <summary>The key that submitted it, in whose name its calls are made.</summary>
    public string? KeyId { get; init; }
    public string? UserId { get; init; }
    public required JobType Type { get; init; }
    public required JobState State { get; init; }

    /// <summary>The name of its pipeline, where it has one.</summary>
    public string? Pipeline { get; init; }

    /// <summary>The label for cost per task of all its calls; without it, each request's <c>metadata.task</c>.</summary>
    public string? Task { get; init; }

    /// <summary>The most that its calls may cost together, in nano-dollars.</summary>
    public long? SpendLimitNanos { get; init; }

    /// <summary>What its calls cost so far, in nano-dollars.</summary>
    public long SpentNanos { get; init; }
    public int Total { get; init; }
    public int Succeeded { get; init; }
    public int Failed { get; init; }

    /// <summary>What its calls may use, said when it was submitted; none where that can't be known.</summary>
    public JobEstimate? Estimate { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>When whoever runs it took it, and how many items had ended by then: what its pace is measured from.</summary>
    public DateTimeOffset? ClaimedAt { get; init; }
    public int DoneAtClaim { get; init; }

    /// <summary>What isn't done by then is given up.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Not to be run before: a budget resets only then.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>Why it ended without its items having ended by themselves: an error code and words. While it is put back, the limit that it waits for.</summary>
    public string? ErrorCode { get; init; }
    public string? Error { get; init; }

    /// <summary>Counts those who ran it. Whoever changes the job while it runs names the number that he was given, so that a worker that was taken for dead changes nothing.</summary>
    public long Fence { get; init; }

    /// <summary>Until when whoever runs it is believed to live without another sign of life; while it is uploaded, the uploader.</summary>
    public required DateTimeOffset LeaseUntil { get; init; }

    /// <summary>The highest <see cref="JobItem.EndOrder"/> given so far.</summary>
    public long LastOrder { get; init; }

    /// <summary>A webhook endpoint that is told of its end whatever it takes otherwise.</summary>
    public string? WebhookId { get; init; }

    /// <summary>How many steps of a pipeline were begun so far; none gives its place to another.</summary>
    public int Steps { get; init; }

    /// <summary>What the client sent as <c>Idempotency-Key</c>, for 24 hours.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>SHA-256 of what was sent, in hex.</summary>
    public string? PayloadHash { get; init; }

    public bool IsOver => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled or JobState.Expired;

    /// <summary>How many items have ended.</summary>
    public int Done => Succeeded + Failed;

    /// <summary>The time until it is over at the pace of whoever runs it; none while that isn't known.</summary>
    public TimeSpan? Eta(DateTimeOffset now) =>
        State == JobState.Running && ClaimedAt is { } since && Done > DoneAtClaim ? (now - since) / (Done - DoneAtClaim) * (Total - Done) : null;
}

public enum JobType
{
    /// <summary>One request.</summary>
    Chat,

    /// <summary>Many requests.</summary>
    Batch,

    /// <summary>Pieces of work of several steps each, every one a request.</summary>
    Pipeline,
}

public enum JobState
{
    /// <summary>Its requests are arriving; nobody sees it yet.</summary>
    Uploading,
    Queued,
    Running,

    /// <summary>All items have ended, at least one of them with an answer.</summary>
    Succeeded,

    /// <summary>No item got an answer, or the job was stopped before all had ended.</summary>
    Failed,
    Cancelled,
    Expired,
}
