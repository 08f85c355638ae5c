using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;

namespace LlmConsole.Core.Providers;

/// <summary>The body of a simulated streaming answer: written at the model's pace while it is read, and no further once the reader is gone.</summary>
internal sealed class SimulatedStream : HttpContent
{
    // What is ahead of the reader is made in no time, and of many readers at once most are slow.
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 8 * 1024, resumeWriterThreshold: 4 * 1024));
    private readonly SimulatedWire _wire;
    private readonly SimulatedModel _model;
    private readonly TimeProvider _time;
    private readonly CancellationToken _cancellation;

    public SimulatedStream(SimulatedWire wire, SimulatedModel model, TimeProvider time, CancellationToken cancellation)
    {
        (_wire, _model, _time, _cancellation) = (wire, model, time, cancellation);
        Headers.ContentType = new MediaTypeHeaderValue("text/event-stream");
    }

    protected override Task<Stream> CreateContentReadStreamAsync()
    {
        _ = ProduceAsync();
        return Task.FromResult(_pipe.Reader.AsStream());
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => throw new NotSupportedException("A simulated stream is read, not buffered.");

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    private async Task ProduceAsync()
    {
        using var wire = _wire;
        try
        {
            await Task.Delay(_model.FirstToken, _time, _cancellation);
            if (!await SendAsync(static (wire, to, _) => wire.WriteRole(to))) return;
            for (var i = 0; i < _wire.TokenCount; i++)
            {
                if (i > 0 && _model.Gap > TimeSpan.Zero) await Task.Delay(_model.Gap, _time, _cancellation);
                if (!await SendAsync(static (wire, to, index) => wire.WriteToken(to, index), i)) return;
            }

            if (await SendAsync(static (wire, to, _) => wire.WriteFinish(to)) && await SendAsync(static (wire, to, _) => wire.WriteUsage(to))) await SendAsync(static (_, to, _) => to.Write("[DONE]"u8));
            await _pipe.Writer.CompleteAsync();
        }
        catch (OperationCanceledException e)
        {
            await _pipe.Writer.CompleteAsync(e);
        }
    }

    /// <summary>False when nobody reads any more.</summary>
    private async ValueTask<bool> SendAsync(Action<SimulatedWire, PipeWriter, int> write, int index = 0)
    {
        _pipe.Writer.Write("data: "u8);
        write(_wire, _pipe.Writer, index);
        _pipe.Writer.Write("\n\n"u8);
        return !(await _pipe.Writer.FlushAsync(_cancellation)).IsCompleted;
    }
}
