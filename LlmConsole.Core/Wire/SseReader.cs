using System.Buffers;
using System.Runtime.CompilerServices;

namespace LlmConsole.Core.Wire;

/// <summary>
/// Reads server-sent events from a stream: the data of each event, whatever the line ends, comments, other fields, or chunking. Bounded: a
/// line or event longer than the limit is a malformed answer. Use: <c>while (await FillAsync()) while (TryRead(out data)) …</c>.
/// </summary>
internal sealed class SseReader(Stream stream, int maxEventBytes = SseReader.DefaultMaxEventBytes) : IDisposable
{
    public const int DefaultMaxEventBytes = 4 * 1024 * 1024;
    private const int InitialBuffer = 8 * 1024;
    private static readonly byte[] Bom = [0xEF, 0xBB, 0xBF];

    private byte[] _buffer = [];
    private int _start;     // first byte that no event has consumed
    private int _scan;      // first byte of the line that is looked at next
    private int _searched;  // how far the unfinished line was already searched for its end
    private int _end;
    private int _dataStart; // of the event under construction, within the buffer; its lines are moved together
    private int _dataLength = -1;
    private bool _sawCarriageReturn;
    private bool _isFirst = true;
    private bool _isEnded;
    private bool _waitsLong = true;
    private long _read;

    /// <summary>The most that the stream may hold in all.</summary>
    public long MaxBytes { get; init; } = long.MaxValue;

    /// <summary>Milliseconds between events, from which on waiting without a buffer is worth one more call of the system.</summary>
    internal long LongWait { get; init; } = 500;

    /// <summary>Reads more bytes. False when the stream has ended; what is left may still hold a last event.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        if (_isEnded) return false;
        var began = Environment.TickCount64;
        int count;
        try
        {
            if (_waitsLong && _start == _end)
            {
                // Of many streams at once most wait for the provider. Reading nothing is told when there is something.
                Return();
                _ = await stream.ReadAsync(Memory<byte>.Empty, cancellation);
            }

            MakeRoom();
            count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException("Whoever gives the stream gave up, and not whoever reads it.", e);
        }

        _waitsLong = Environment.TickCount64 - began > LongWait;
        _isEnded = count == 0;
        _end += count;
        if ((_read += count) > MaxBytes) throw new InvalidDataException($"The stream is longer than {MaxBytes} bytes.");
        return true;
    }

    /// <summary>The next event's data, valid until the next call of <see cref="FillAsync"/>.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> data)
    {
        while (TryReadLine(out var line))
        {
            if (line.Start.Value < line.End.Value) Field(line);
            else if (TakeEvent(out data)) return true;
        }

        // A stream may end without the last blank line, or even in the middle of a line: what stands there is judged as an event.
        if (_isEnded && TakeEvent(out data)) return true;
        data = default;
        return false;
    }

    public void Dispose() => Return();

    private void Return()
    {
        (_start, _scan, _searched, _end) = (0, 0, 0, 0);
        var buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
    }

    private bool TryReadLine(out Range line)
    {
        if (_sawCarriageReturn && _scan < _end)
        {
            if (_buffer[_scan] == '\n') _scan++;
            _sawCarriageReturn = false;
        }

        var from = Math.Max(_scan, _searched);
        var found = _buffer.AsSpan(from, _end - from).IndexOfAny((byte)'\n', (byte)'\r');
        if (found < 0 && !(_isEnded && _scan < _end))
        {
            _searched = _end;
            line = default;
            return false;
        }

        var length = found < 0 ? _end - _scan : from + found - _scan;
        line = _scan..(_scan + length);
        _scan += length;
        if (_scan < _end) _sawCarriageReturn = _buffer[_scan++] == '\r';
        return true;
    }

    private void Field(Range range)
    {
        var line = _buffer.AsSpan(range);
        var offset = range.Start.Value;
        if (_isFirst)
        {
            _isFirst = false;
            if (line.StartsWith(Bom))
            {
                line = line[Bom.Length..];
                offset += Bom.Length;
            }
        }

        if (!line.StartsWith("data"u8) || (line.Length > 4 && line[4] != ':')) return;
        var skip = line.Length == 4 ? 4 : line.Length > 5 && line[5] == ' ' ? 6 : 5;
        Append(offset + skip, line.Length - skip);
    }

    private void Append(int start, int length)
    {
        if (_dataLength < 0)
        {
            (_dataStart, _dataLength) = (start, length);
            return;
        }

        // A further data line is joined to the one before by a line feed; there is room, because "data:" stood between them.
        _buffer[_dataStart + _dataLength] = (byte)'\n';
        _buffer.AsSpan(start, length).CopyTo(_buffer.AsSpan(_dataStart + _dataLength + 1));
        _dataLength += length + 1;
    }

    private bool TakeEvent(out ReadOnlyMemory<byte> data)
    {
        var found = _dataLength > 0;
        data = found ? _buffer.AsMemory(_dataStart, _dataLength) : default;
        _dataLength = -1;
        _start = _scan;
        return found;
    }

    private void MakeRoom()
    {
        if (_buffer.Length == 0) _buffer = ArrayPool<byte>.Shared.Rent(InitialBuffer);
        if (_end < _buffer.Length && _start == 0) return;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            if (_dataLength >= 0) _dataStart -= _start;
            (_scan, _searched, _end, _start) = (_scan - _start, Math.Max(0, _searched - _start), _end - _start, 0);
        }

        if (_end < _buffer.Length) return;
        if (_buffer.Length >= maxEventBytes) throw new InvalidDataException($"An event of the stream is longer than {maxEventBytes} bytes.");
        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
