using System.Buffers;
using System.Text.Json;
using Serilog.Core;
using Serilog.Events;

namespace LlmConsole.Hosting;

/// <summary>
/// Log lines on the way to standard output. They are sent together ten times a second, and at once with everything that is a warning or worse: a busy
/// gateway writes thousands of lines a second, each of which would be a system call of its own. Disposing sends what is left.
/// </summary>
internal sealed class BufferedOutput : ILogEventSink, IDisposable
{
    private const int Full = 32 * 1024;
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _lines = new(2 * Full);
    private readonly CompactLine _line;
    private readonly Stream _output;
    private readonly ITimer _timer;
    private bool _isWaiting;
    private bool _isDisposed;

    public BufferedOutput(Stream output, TimeProvider time)
    {
        _line = new CompactLine(_lines);
        _output = output;
        _timer = time.CreateTimer(static state => ((BufferedOutput)state!).Send(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Emit(LogEvent logEvent)
    {
        lock (_lock)
        {
            if (_isDisposed) return;
            _line.Write(logEvent);
            Added(isUrgent: logEvent.Level >= LogEventLevel.Warning);
        }
    }

    /// <summary>A line for information that isn't an event.</summary>
    public void Emit<T>(T state, Action<Utf8JsonWriter, T> properties)
    {
        lock (_lock)
        {
            if (_isDisposed) return;
            _line.Write(state, properties);
            Added(isUrgent: false);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed) return;
            Flush();
            _isDisposed = true;
            _line.Dispose();
        }

        _timer.Dispose();
    }

    private void Added(bool isUrgent)
    {
        if (isUrgent || _lines.WrittenCount >= Full) Flush();
        else if (!_isWaiting) _isWaiting = _timer.Change(Delay, Timeout.InfiniteTimeSpan);
    }

    private void Send()
    {
        lock (_lock)
        {
            _isWaiting = false;
            if (!_isDisposed) Flush();
        }
    }

    private void Flush()
    {
        try
        {
            _output.Write(_lines.WrittenSpan);
            _output.Flush();
        }
        catch (IOException)
        {
            // Whoever read along has gone; the calls go on.
        }

        _lines.ResetWrittenCount();
    }
}
