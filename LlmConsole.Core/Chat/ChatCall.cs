using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Chat;

/// <summary>One call on the road: who asks, what, and how. Made by the API, the chat page, or a job.</summary>
public sealed record ChatCall
{
    public required string RequestId { get; init; }
    public required Caller Caller { get; init; }
    /// <summary>The chat completions request as sent; the gateway reads it.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The moment that the request arrived, from <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public required long StartedTimestamp { get; init; }
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The caller's label for cost per task; without it, the request's <c>metadata.task</c>.</summary>
    public string? Task { get; init; }

    /// <summary>The most time that the caller gives the whole call; it can only shorten the model's deadline.</summary>
    public TimeSpan? Timeout { get; init; }
}
