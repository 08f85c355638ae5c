using System.Buffers;
using System.Numerics;

namespace LlmConsole.Hosting;

/// <summary>
/// Buffers for request bodies. Small ones are the shared pool's. Its sizes double, so that a body of 150 KB would hold 256, and many at once would hold
/// twice what they need: large ones have four sizes between a power of two and the next.
/// </summary>
/// <param name="mostIdleBytes">Beyond this, what comes back is left to the collector.</param>
internal sealed class BodyBuffers(long mostIdleBytes)
{
    public static readonly BodyBuffers Shared = new(64 * 1024 * 1024);

    private const int LargestShared = 64 * 1024;
    private const int SizesPerPower = 4;
    private static readonly int FirstPower = BitOperations.Log2(LargestShared);

    private readonly Stack<byte[]>[] _idle = [.. Enumerable.Range(0, (31 - FirstPower) * SizesPerPower).Select(_ => new Stack<byte[]>())];
    private readonly Lock _gate = new();
    private long _idleBytes;

    /// <summary>At least so many bytes, with anything in them.</summary>
    public byte[] Rent(int size)
    {
        if (size <= LargestShared) return ArrayPool<byte>.Shared.Rent(size);
        var (index, length) = Size(size);
        lock (_gate)
        {
            if (_idle[index].TryPop(out var idle))
            {
                _idleBytes -= idle.Length;
                return idle;
            }
        }

        return GC.AllocateUninitializedArray<byte>(length);
    }

    public void Return(byte[] buffer)
    {
        if (buffer.Length <= LargestShared)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            return;
        }

        lock (_gate)
        {
            if (_idleBytes + buffer.Length > mostIdleBytes) return;
            _idle[Size(buffer.Length).Index].Push(buffer);
            _idleBytes += buffer.Length;
        }
    }

    /// <summary>Leaves all that nobody uses to the collector.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            foreach (var size in _idle) size.Clear();
            _idleBytes = 0;
        }
    }

    /// <summary>The smallest size that suffices.</summary>
    private static (int Index, int Length) Size(int size)
    {
        var power = BitOperations.Log2((uint)(size - 1));
        var step = 1 << (power - 2);
        var steps = ((size - 1) >> (power - 2)) - SizesPerPower;
        return (((power - FirstPower) * SizesPerPower) + steps, (1 << power) + ((steps + 1) * step));
    }
}
