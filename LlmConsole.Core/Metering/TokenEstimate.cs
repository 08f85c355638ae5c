namespace LlmConsole.Core.Metering;

/// <summary>Tokens of a text whose provider didn't say: a quarter of its UTF-8 bytes, rounded up. Records made this way say <c>Estimated</c>.</summary>
internal static class TokenEstimate
{
    public static long Of(long bytes) => (bytes + 3) / 4;
}
