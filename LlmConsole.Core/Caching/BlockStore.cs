using System.Buffers.Binary;
using System.Numerics;

namespace LlmConsole.Core.Caching;

/// <summary>
/// Bytes that are kept for long, in chains of small blocks within few large arrays: none of them is an object of its own, which the collector would look at and move. Not for several
/// threads at once.
/// </summary>
/// <param name="maxBytes">The most that will be kept; arrays are no larger than that.</param>
internal sealed class BlockStore(long maxBytes)
{
    public const int BlockSize = 128;

    private const int None = -1;
    private const int Link = sizeof(int);
    private const int Payload = BlockSize - Link;

    // Large enough to be out of the way of the collector's young generations.
    private const int LargestArray = 128 * 1024;

    private readonly int _perArray = (int)BitOperations.RoundUpToPowerOf2((ulong)Math.Clamp(maxBytes / BlockSize, 1, LargestArray / BlockSize));
    private readonly List<byte[]> _arrays = [];
    private int _used;
    private int _free = None;

    /// <summary>What so many bytes take.</summary>
    public static int SizeOf(int length) => Math.Max(1, (length + Payload - 1) / Payload) * BlockSize;

    /// <summary>Returns the numbers of the first and the last block.</summary>
    public (int First, int Last) Write(ReadOnlySpan<byte> bytes)
    {
        var first = Take();
        for (var block = first; ;)
        {
            var now = Math.Min(bytes.Length, Payload);
            bytes[..now].CopyTo(Of(block)[Link..]);
            bytes = bytes[now..];
            var next = bytes.IsEmpty ? None : Take();
            BinaryPrimitives.WriteInt32LittleEndian(Of(block), next);
            if (next == None) return (first, block);
            block = next;
        }
    }

    /// <summary>Reads as many bytes as there is room for, at most those that were written.</summary>
    public void Read(int first, Span<byte> to)
    {
        for (var block = first; !to.IsEmpty; block = NextOf(block))
        {
            var now = Math.Min(to.Length, Payload);
            Of(block).Slice(Link, now).CopyTo(to);
            to = to[now..];
        }
    }

    public void Free(int first, int last)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Of(last), _free);
        _free = first;
    }

    /// <summary>Gives all memory back; nothing is kept any more.</summary>
    public void Clear()
    {
        _arrays.Clear();
        (_used, _free) = (0, None);
    }

    private int Take()
    {
        if (_free != None)
        {
            var block = _free;
            _free = NextOf(block);
            return block;
        }

        if (_used == _arrays.Count * _perArray) _arrays.Add(GC.AllocateUninitializedArray<byte>(_perArray * BlockSize));
        return _used++;
    }

    private Span<byte> Of(int block) => _arrays[block / _perArray].AsSpan(block % _perArray * BlockSize, BlockSize);

    private int NextOf(int block) => BinaryPrimitives.ReadInt32LittleEndian(Of(block));
}
