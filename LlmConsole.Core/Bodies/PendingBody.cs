using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Bodies;

/// <summary>What was asked and answered, as it came: it waits to be masked, compressed and written.</summary>
internal sealed record PendingBody
{
    public required string RequestId { get; init; }
    public required string TenantId { get; init; }

    /// <summary>The policy of the call's snapshot.</summary>
    public required BodyPolicy Policy { get; init; }

    /// <summary>The request's JSON.</summary>
    public required byte[] Request { get; init; }

    /// <summary>Puts the answer together to one JSON; none when there was none. Asked once, beside the road.</summary>
    public required Func<ReadOnlyMemory<byte>> Response { get; init; }
    public int RequestBytes { get; init; }
    public int ResponseBytes { get; init; }

    /// <summary>What it holds in memory.</summary>
    public required long Size { get; init; }
}
