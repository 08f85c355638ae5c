using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LlmConsole.Core.Caching;

/// <summary>
/// A chunk of a stream as it is held: what differs from a chunk before it. The chunks of a stream say the same around a few letters of text, and a stream is held for
/// as long as it runs.
/// </summary>
internal readonly struct Frame
{
    /// <summary>Bytes of this and of what the array of its own bytes is beside them.</summary>
    private const int Itself = 48;

    private readonly byte[] _like;
    private readonly byte[] _own;
    private readonly int _before;
    private readonly int _after;

    private Frame(byte[] like, byte[] own, int before, int after) => (_like, _own, _before, _after) = (like, own, before, after);

    /// <param name="like">The last chunk that is held whole; the first has none.</param>
    public static Frame Of(ReadOnlySpan<byte> chunk, byte[]? like)
    {
        if (like is null) return Whole(chunk);
        var before = chunk.CommonPrefixLength(like);
        var after = CommonSuffixLength(chunk[before..], like.AsSpan(before));
        var own = chunk.Length - before - after;
        return own <= chunk.Length / 2 ? new Frame(like, chunk.Slice(before, own).ToArray(), before, after) : Whole(chunk);
    }

    /// <summary>One that nobody changes any more.</summary>
    public static Frame OfLasting(ReadOnlyMemory<byte> bytes)
    {
        if (!MemoryMarshal.TryGetArray(bytes, out var array) || array.Count != array.Array!.Length) return Whole(bytes.Span);
        return new Frame(array.Array, array.Array, 0, 0);
    }

    /// <summary>In bytes.</summary>
    public int Length => _before + _own.Length + _after;

    /// <summary>What it takes in memory, about.</summary>
    public int Size => Itself + _own.Length;

    /// <summary>What the next chunk is compared with.</summary>
    public byte[] Like => _like;

    /// <summary>The chunk, in the buffer if it isn't held whole; the buffer is replaced by a larger one when it is too small.</summary>
    public ReadOnlyMemory<byte> Read(ref byte[] buffer)
    {
        if (ReferenceEquals(_like, _own)) return _own;
        if (buffer.Length < Length) buffer = new byte[Length * 2];
        _like.AsSpan(0, _before).CopyTo(buffer);
        _own.CopyTo(buffer, _before);
        _like.AsSpan(_like.Length - _after).CopyTo(buffer.AsSpan(_before + _own.Length));
        return buffer.AsMemory(0, Length);
    }

    private static Frame Whole(ReadOnlySpan<byte> chunk)
    {
        var own = chunk.ToArray();
        return new Frame(own, own, 0, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int CommonSuffixLength(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        var most = Math.Min(one.Length, other.Length);
        var length = 0;
        while (length < most && one[^(length + 1)] == other[^(length + 1)]) length++;
        return length;
    }
}
