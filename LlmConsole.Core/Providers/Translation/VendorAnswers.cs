using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace LlmConsole.Core.Providers.Translation;

/// <summary>Answers in OpenAI's wire, made here instead of by a provider.</summary>
internal static class VendorAnswers
{
    public static HttpResponseMessage Json(byte[] body, HttpStatusCode status = HttpStatusCode.OK) => new(status)
    {
        Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
    };

    /// <summary>An error that is read like a provider's.</summary>
    public static HttpResponseMessage Error(HttpStatusCode status, string message, string? code = null) =>
        Json(JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object?> { ["error"] = new Dictionary<string, object?> { ["message"] = message, ["code"] = code } }), status);

    public static HttpResponseMessage Stream(IAsyncEnumerator<byte[]> frames, CancellationTokenSource running) => new(HttpStatusCode.OK)
    {
        Content = new StreamContent(new FrameStream(frames, running)) { Headers = { ContentType = new MediaTypeHeaderValue("text/event-stream") } },
    };
}

/// <summary>The request asks for something that the vendor's API has no words for; the message says what.</summary>
internal sealed class UntranslatableException(string message) : Exception(message);

/// <summary>A vendor's answer with a status other than success, on its way past an SDK that would make something else of it.</summary>
internal sealed class VendorRefusedException(HttpResponseMessage response) : Exception
{
    public HttpResponseMessage Response { get; } = response;
}

/// <summary>Keeps a vendor's refusals from its SDK, so that status, body and <c>Retry-After</c> reach the road as they came, and its answers within bounds.</summary>
internal sealed class VendorConnection(HttpMessageHandler network, Func<HttpResponseMessage, CancellationToken, Task<HttpResponseMessage>>? refusal = null) : DelegatingHandler(network)
{
    /// <summary>More than any model says.</summary>
    private const long MaxAnswerBytes = 64 * 1024 * 1024;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ConnectLimit.Take(request);
        var response = await base.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode) throw new VendorRefusedException(refusal is null ? response : await refusal(response, cancellationToken));
        response.Content = new BoundedContent(response.Content, MaxAnswerBytes);
        return response;
    }
}
