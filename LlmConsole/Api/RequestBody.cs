using LlmConsole.Api.Errors;
using LlmConsole.Core.Wire;
using LlmConsole.Hosting;

namespace LlmConsole.Api;

/// <summary>A whole request body in one pooled buffer; the server's own limit bounds it.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int SmallestBuffer = 256;
    private const int FirstBuffer = 4 * 1024;
    private const int LargestFirstBuffer = 1024 * 1024;

    /// <summary>The server's slowest rate is a mean from the start: who sends much at once could be silent for hours after that, and have it held.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private byte[] _buffer;
    private int _length;

    private RequestBody(int size) => _buffer = BodyBuffers.Shared.Rent(size);

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <exception cref="RefusalException">The media type is not JSON, or the body takes too long to come.</exception>
    /// <exception cref="BadHttpRequestException">The body is too large, too slow, or breaks off.</exception>
    public static ValueTask<RequestBody> ReadAsync(HttpRequest request, CancellationToken cancellation) => ReadAsync(request, Longest, cancellation);

    internal static async ValueTask<RequestBody> ReadAsync(HttpRequest request, TimeSpan longest, CancellationToken cancellation)
    {
        if (request.ContentType != "application/json" && !request.HasJsonContentType()) throw new RefusalException(ErrorCode.UnsupportedMediaType, "The body must be JSON. Send it with Content-Type: application/json.");
        var body = new RequestBody((int)Math.Clamp(request.ContentLength ?? FirstBuffer, SmallestBuffer, LargestFirstBuffer));
        CancellationTokenSource? limit = null;
        try
        {
            while (true)
            {
                var result = await request.BodyReader.ReadAsync(limit?.Token ?? cancellation);
                foreach (var segment in result.Buffer) body.Append(segment.Span);
                request.BodyReader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted) return body;
                limit ??= Limit(longest, cancellation);
            }
        }
        catch (Exception e)
        {
            body.Dispose();
            if (e is OperationCanceledException && !cancellation.IsCancellationRequested) throw Refusals.OfStatus(StatusCodes.Status408RequestTimeout)!;
            throw;
        }
        finally
        {
            limit?.Dispose();
        }
    }

    public void Dispose()
    {
        var buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0) BodyBuffers.Shared.Return(buffer);
    }

    /// <summary>Most bodies come at once, and need none.</summary>
    private static CancellationTokenSource Limit(TimeSpan longest, CancellationToken cancellation)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(longest);
        return limit;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_buffer.Length - _length < bytes.Length)
        {
            var larger = BodyBuffers.Shared.Rent(Math.Max(_buffer.Length * 2, _length + bytes.Length));
            Bytes.Span.CopyTo(larger);
            BodyBuffers.Shared.Return(_buffer);
            _buffer = larger;
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }
}
