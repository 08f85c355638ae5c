namespace LlmConsole.Core.Bodies;

/// <summary>What was asked and answered in one call: masked, compressed, and deleted when its time is over.</summary>
public sealed class KeptBody
{
    /// <summary>The call in the books.</summary>
    public required string RequestId { get; init; }
    public required string TenantId { get; init; }
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The request's JSON, compressed with Brotli; empty when it was too large.</summary>
    public required byte[] Request { get; init; }

    /// <summary>The answer's JSON, put together from its chunks, compressed with Brotli; empty when there was none, or when it was too large.</summary>
    public required byte[] Response { get; init; }

    /// <summary>Bytes of the request as it came.</summary>
    public int RequestBytes { get; init; }

    /// <summary>Bytes of the answer as it went out, chunks and all.</summary>
    public int ResponseBytes { get; init; }
}
