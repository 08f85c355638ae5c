namespace LlmConsole.Core.Routing;

/// <summary>Reads a provider's body up to a limit.</summary>
internal static class BoundedBody
{
    private const int FirstBuffer = 8 * 1024;

    /// <param name="cut">Whether more than the limit is cut off, or an error.</param>
    /// <exception cref="InvalidDataException">The body is longer than the limit and may not be cut.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContent content, int limit, bool cut, CancellationToken cancellation)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellation);
        var announced = content.Headers.ContentLength is { } length && length <= limit ? (int)length : -1;
        var buffer = new byte[announced >= 0 ? announced : FirstBuffer];
        var filled = 0;
        while (filled != announced)
        {
            if (filled == buffer.Length) Array.Resize(ref buffer, (int)Math.Min((long)buffer.Length * 2, (long)limit + 1));
            var count = await stream.ReadAsync(buffer.AsMemory(filled), cancellation);
            if (count == 0) return buffer.AsMemory(0, filled);
            filled += count;
            if (filled <= limit) continue;
            return cut ? buffer.AsMemory(0, limit) : throw new InvalidDataException($"The provider's answer is longer than {limit} bytes.");
        }

        return buffer;
    }
}
