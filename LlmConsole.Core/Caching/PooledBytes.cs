using System.Buffers;

namespace LlmConsole.Core.Caching;

/// <summary>A growing buffer from the pool, that can still be changed after it was written.</summary>
/// <param name="size">Bytes that there shall be room for at once.</param>
internal sealed class PooledBytes(int size = PooledBytes.InitialSize) : IDisposable
{
    public const int InitialSize = 4096;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(size);

    public int Length { get; private set; }

    public Span<byte> Span => _buffer.AsSpan(0, Length);

    public void Add(byte value)
    {
        Room(1)[0] = value;
        Length++;
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>Room for so many bytes at the end; <see cref="Advance"/> says how many were written.</summary>
    public Span<byte> Room(int count)
    {
        if (_buffer.Length - Length >= count) return _buffer.AsSpan(Length);
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, Length + count));
        Span.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
        return _buffer.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    public void Dispose()
    {
        var buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        Length = 0;
    }
}
