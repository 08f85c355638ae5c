namespace LlmConsole.Core.Providers.Translation;

/// <summary>
/// Frames as server-sent events, made while they are read: nothing is produced ahead of the reader, and once the stream is disposed nothing more is.
/// </summary>
internal sealed class FrameStream(IAsyncEnumerator<byte[]> frames, CancellationTokenSource running) : Stream
{
    private static readonly byte[] Prefix = "data: "u8.ToArray();
    private static readonly byte[] Suffix = "\n\n"u8.ToArray();

    private readonly Lock _lock = new();
    private ReadOnlyMemory<byte> _rest;
    private bool _isReading;
    private bool _isDisposed;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_rest.IsEmpty && !await NextAsync(cancellationToken)) return 0;
        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("This stream is read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            lock (_lock)
            {
                if (_isDisposed) return;
                _isDisposed = true;

                // An enumerator can't be left while it moves: then the read that is under way does it.
                if (!_isReading) _ = LeaveAsync();
                else running.Cancel();
            }
        }

        base.Dispose(disposing);
    }

    private async ValueTask<bool> NextAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_isDisposed) return false;
            _isReading = true;
        }

        try
        {
            await using var registration = cancellation.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), running);
            if (!await frames.MoveNextAsync()) return false;
            _rest = (byte[])[.. Prefix, .. frames.Current, .. Suffix];
            return true;
        }
        catch (Exception e) when (e is not (OperationCanceledException or IOException or HttpRequestException or InvalidDataException))
        {
            throw new IOException("The vendor's answer broke off.", e);
        }
        finally
        {
            EndRead();
        }
    }

    private void EndRead()
    {
        lock (_lock)
        {
            _isReading = false;
            if (_isDisposed) _ = LeaveAsync();
        }
    }

    private async Task LeaveAsync()
    {
        await running.CancelAsync();
        try
        {
            await frames.DisposeAsync();
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException)
        {
            // The vendor's connection breaks because it is left.
        }

        running.Dispose();
    }
}
