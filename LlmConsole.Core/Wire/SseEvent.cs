namespace LlmConsole.Core.Wire;

/// <summary>What every reader of a provider's stream knows of its events.</summary>
internal static class SseEvent
{
    /// <summary>Events of a stream that may be unreadable and are left out; one more, and the stream as a whole can't be believed.</summary>
    public const int ToleratedMalformed = 1;

    /// <summary>The last word of a stream.</summary>
    public static bool IsDone(ReadOnlySpan<byte> data) => data.SequenceEqual("[DONE]"u8);
}
