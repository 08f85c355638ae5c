using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Routing;

/// <summary>
/// Looks at the first events of a stream before it counts as an answer: an error inside a 200, HTML or nothing at all often comes after an event or
/// two without content. It is an answer from its first content, or its finish, on.
/// </summary>
internal static class StreamOpening
{
    private const int MaxEvents = 32;
    private const int MaxBytes = 64 * 1024;

    /// <summary>The events, the last of them with content; or why there is no answer.</summary>
    public static async Task<(List<ReadOnlyMemory<byte>> Events, AttemptFailure? Failure)> ReadAsync(SseReader reader, Configuration.Provider provider, CancellationToken cancellation)
    {
        var seen = new List<ReadOnlyMemory<byte>>(2);
        var (bytes, malformed) = (0, 0);
        do
        {
            while (reader.TryRead(out var data))
            {
                var tap = AnswerTap.Read(data.Span);
                if (tap.HasError) return (seen, ErrorIn(provider, data.Span));
                if (!tap.IsValid && (SseEvent.IsDone(data.Span) || ++malformed > SseEvent.ToleratedMalformed)) return (seen, AttemptFailure.Malformed(provider));
                seen.Add(data);
                bytes += data.Length;
                if (tap.OutputBytes > 0 || tap.FinishReason is not null || seen.Count >= MaxEvents || bytes >= MaxBytes) return (seen, null);
            }

            Keep(seen);
        }
        while (await reader.FillAsync(cancellation));

        return (seen, AttemptFailure.Malformed(provider));
    }

    private static AttemptFailure ErrorIn(Configuration.Provider provider, ReadOnlySpan<byte> data)
    {
        var error = ProviderError.Read(data);
        return AttemptFailure.From(provider, error.LikelyStatus, null, error);
    }

    /// <summary>The reader's own bytes change when it is filled.</summary>
    private static void Keep(List<ReadOnlyMemory<byte>> seen)
    {
        for (var i = 0; i < seen.Count; i++) seen[i] = seen[i].ToArray();
    }
}
