using LlmConsole.Core.Caching;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;
using LlmConsole.Core.Wire.Messages;

namespace LlmConsole.Core.Chat;

/// <summary>One call on the road: who asks, what, and how. Made by the API, the chat page, or a job.</summary>
public sealed record ChatCall
{
    public required string RequestId { get; init; }
    public required Caller Caller { get; init; }

    /// <summary>Where it came in, for metrics: a path of the API as mapped, or what inside the process made it.</summary>
    public required string Route { get; init; }

    /// <summary>The request as sent; the gateway reads it.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>How many messages the request may hold, when it came from outside.</summary>
    public int MaxMessages { get; init; } = int.MaxValue;

    /// <summary>In which API's words the body is.</summary>
    public Surface Surface { get; init; }

    /// <summary>What a client of Anthropic's API says by header.</summary>
    public MessagesHeaders MessagesHeaders { get; init; }

    /// <summary>The moment that the request arrived, from <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public required long StartedTimestamp { get; init; }
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The caller's label for cost per task; without it, the request's <c>metadata.task</c>.</summary>
    public string? Task { get; init; }

    /// <summary>Nobody reads the answer as it comes: it is kept as the result of a job.</summary>
    public bool IsUnattended { get; init; }

    /// <summary>The most time that the caller gives the whole call; it can only shorten the model's deadline.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>From then on the process can't wait for the call: what there is of the answer ends with an error. None: whoever makes the call cancels it.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>What the caller wants of the cache.</summary>
    public CacheWish Cache { get; init; }

    /// <summary>The oldest answer that the caller takes from the cache, and how long this one may be kept there; it can only shorten the policy's.</summary>
    public TimeSpan? CacheTtl { get; init; }

    /// <exception cref="RefusalException">The body is not a valid request.</exception>
    internal ChatRequest Read() => ChatRequest.Parse(Body, Surface, MessagesHeaders, MaxMessages);
}
