using System.Globalization;

namespace LlmConsole.Core.Jobs;

/// <summary>One request of a job, and its answer; in a pipeline one piece of work and its result, or a step of one.</summary>
public sealed record JobItem
{
    public required string JobId { get; init; }

    /// <summary>Its place among the requests as sent, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>The piece of work that this is a step of; none for what the caller asked for.</summary>
    public int? Parent { get; init; }

    /// <summary>The caller's name for it, unique within the job; a step's name is made of its request.</summary>
    public required string CustomId { get; init; }

    /// <summary>The request, as JSON; of a piece of work what its pipeline reads.</summary>
    public required byte[] Body { get; init; }
    public JobItemState State { get; init; }

    /// <summary>Which call of it is the next, or the last, from 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>The completion, or what the pipeline made, as JSON.</summary>
    public byte[]? Result { get; init; }
    public string? ErrorCode { get; init; }
    public string? Error { get; init; }

    /// <summary>What it cost, in nano-dollars; a piece of work, with all of its steps.</summary>
    public long CostNanos { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The order in which items ended, over all of the job: what a reader of results has seen is everything up to a number.</summary>
    public long? EndOrder { get; init; }

    /// <summary>The id of the call in the books. It follows from job, item and attempt, so that whoever takes over after a crash finds the call there, and a call that is made again counts once.</summary>
    public string RequestId => string.Create(CultureInfo.InvariantCulture, $"{JobId}_{Index}_{Attempt}");
}

public enum JobItemState
{
    Queued,
    Succeeded,
    Failed,
    Cancelled,
    Expired,
}
