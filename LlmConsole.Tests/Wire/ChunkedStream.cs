namespace LlmConsole.Tests.Wire;

/// <summary>Gives its bytes in pieces of the given sizes, over and over.</summary>
internal sealed class ChunkedStream(byte[] bytes, int[] sizes) : MemoryStream(bytes)
{
    private int _reads;

    /// <summary>The room that each read had.</summary>
    public List<int> Buffers { get; } = [];

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Buffers.Add(buffer.Length);
        return base.ReadAsync(buffer.IsEmpty ? buffer : buffer[..Math.Min(buffer.Length, sizes[_reads++ % sizes.Length])], cancellationToken);
    }
}
