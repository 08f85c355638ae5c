using System.Text;

namespace LlmConsole.Core.Webhooks;

/// <summary>Reads the beginning of an answer, for the log. The status was the answer; what follows may be endless, slow or broken.</summary>
internal static class ResponseStart
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static async Task<string?> ReadAsync(HttpContent content, TimeProvider time, CancellationToken cancellation)
    {
        var buffer = new byte[DeliveryAttempt.MaxTextLength];
        var length = 0;
        using var late = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            var stream = await content.ReadAsStreamAsync(either.Token);
            while (length < buffer.Length && await stream.ReadAsync(buffer.AsMemory(length), either.Token) is > 0 and var read) length += read;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or System.Net.Http.HttpRequestException)
        {
            // What was read so far is shown.
        }

        return length == 0 ? null : Text(buffer.AsSpan(0, length));
    }

    /// <summary>As text that every database takes: PostgreSQL refuses the character 0.</summary>
    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes).Replace('\0', '\uFFFD');
}
