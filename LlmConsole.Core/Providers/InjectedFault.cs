using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Serialization;

namespace LlmConsole.Core.Providers;

/// <summary>How a fire drill lets a target misbehave.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FaultKind>))]
public enum FaultKind
{
    /// <summary>Its answer comes five seconds late.</summary>
    [JsonStringEnumMemberName("slow")]
    Slow,

    /// <summary>Nothing comes, not even a status.</summary>
    [JsonStringEnumMemberName("stall")]
    Stall,

    /// <summary>It throttles.</summary>
    [JsonStringEnumMemberName("429")]
    Throttle,

    /// <summary>It fails.</summary>
    [JsonStringEnumMemberName("500")]
    Fail,

    /// <summary>Its answer is cut after the first words.</summary>
    [JsonStringEnumMemberName("cut")]
    Cut,

    /// <summary>It answers with a web page.</summary>
    [JsonStringEnumMemberName("garbage")]
    Garbage,
}

/// <summary>Misbehaves in the place of a provider, which is not asked. What needs an answer to spoil, slow and cut, takes that of the simulator.</summary>
internal static class InjectedFault
{
    /// <summary>How late a slow answer comes.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(5);

    public static async Task<HttpResponseMessage> SendAsync(FaultKind fault, HttpMessageInvoker simulator, HttpRequestMessage message, TimeProvider time, CancellationToken cancellation)
    {
        switch (fault)
        {
            case FaultKind.Slow:
                await Task.Delay(Delay, time, cancellation);
                return await simulator.SendAsync(message, cancellation);
            case FaultKind.Cut:
                return await CutAsync(await simulator.SendAsync(message, cancellation), cancellation);
            case FaultKind.Stall:
                await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation);
                break;
        }

        return fault switch
        {
            FaultKind.Throttle => Answer(HttpStatusCode.TooManyRequests, "application/json", """{"error":{"message":"Fire drill.","type":"rate_limit_error","code":"rate_limit_exceeded"}}"""u8),
            FaultKind.Garbage => Answer(HttpStatusCode.OK, "text/html", "<html><body>Fire drill.</body></html>"u8),
            _ => Answer(HttpStatusCode.InternalServerError, "application/json", """{"error":{"message":"Fire drill.","type":"server_error","code":null}}"""u8),
        };
    }

    private static HttpResponseMessage Answer(HttpStatusCode status, string mediaType, ReadOnlySpan<byte> body) =>
        new(status) { Content = new ByteArrayContent(body.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } } };

    private static async Task<HttpResponseMessage> CutAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (!response.IsSuccessStatusCode) return response;
        var whole = response.Content;
        response.Content = new StreamContent(new CutStream(whole, await whole.ReadAsStreamAsync(cancellation))) { Headers = { ContentType = whole.Headers.ContentType } };
        return response;
    }

    /// <summary>Passes on two events of a stream, or a body without its end; then the connection is gone.</summary>
    private sealed class CutStream(HttpContent whole, Stream inner) : MemoryStream
    {
        private const int Events = 2;

        private int _events;
        private bool _isLineEmpty;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = _events < Events ? await inner.ReadAsync(buffer, cancellationToken) : 0;
            if (buffer.IsEmpty) return 0;
            if (count == 0) throw new IOException("A fire drill cut the answer.");
            for (var i = 0; i < count; i++)
            {
                var letter = buffer.Span[i];
                if (letter == '\n' && _isLineEmpty && ++_events == Events) return i + 1;
                if (letter != '\r') _isLineEmpty = letter == '\n';
            }

            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) whole.Dispose();
            base.Dispose(disposing);
        }
    }
}
