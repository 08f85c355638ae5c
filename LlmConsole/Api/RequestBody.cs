using LlmConsole.Core.Wire;
using LlmConsole.Hosting;

namespace LlmConsole.Api;

/// <summary>A whole request body in one pooled buffer; the server's own limit bounds it.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int SmallestBuffer = 256;
    private const int FirstBuffer = 4 * 1024;
    private const int LargestFirstBuffer = 1024 * 1024;

    private byte[] _buffer;
    private int _length;

    private RequestBody(int size) => _buffer = BodyBuffers.Shared.Rent(size);

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <exception cref="RefusalException">The media type is not JSON.</exception>
    /// <exception cref="BadHttpRequestException">The body is too large, too slow, or breaks off.</exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (!request.HasJsonContentType()) throw new RefusalException(ErrorCode.UnsupportedMediaType, "The body must be JSON. Send it with Content-Type: application/json.");
        var body = new RequestBody((int)Math.Clamp(request.ContentLength ?? FirstBuffer, SmallestBuffer, LargestFirstBuffer));
        try
        {
            while (true)
            {
                var result = await request.BodyReader.ReadAsync(cancellation);
                foreach (var segment in result.Buffer) body.Append(segment.Span);
                request.BodyReader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted) return body;
            }
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        var buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0) BodyBuffers.Shared.Return(buffer);
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
