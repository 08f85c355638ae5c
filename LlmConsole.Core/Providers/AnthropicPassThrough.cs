using LlmConsole.Core.Providers.Translation;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Providers;

/// <summary>
/// Anthropic's own wire on both sides. What the road sees of an answer is OpenAI's frames, which the books, the cap and the cache read as usual; each
/// carries the event that it was made from, untouched, and that is what the client is sent.
/// </summary>
internal sealed class AnthropicPassThrough(HttpMessageInvoker network) : HttpMessageHandler
{
    private const int MaxMessageBytes = 32 * 1024 * 1024;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await network.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode) return await AnthropicRefusals.ReadAsync(response, cancellationToken);
        if (response.Content.Headers.ContentType?.MediaType != "text/event-stream") return await WholeAsync(response, cancellationToken);
        var events = new SseReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        var running = new CancellationTokenSource();
        return VendorAnswers.Stream(FramesAsync(response, events, running.Token).GetAsyncEnumerator(CancellationToken.None), running);
    }

    private static async Task<HttpResponseMessage> WholeAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        using (response)
        {
            response.Content = new BoundedContent(response.Content, MaxMessageBytes);
            return VendorAnswers.Json(NativeFrames.Completion(await response.Content.ReadAsByteArrayAsync(cancellation)));
        }
    }

    private static async IAsyncEnumerable<byte[]> FramesAsync(HttpResponseMessage response, SseReader events, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        using var whole = response;
        using var reader = events;
        var frames = new NativeFrames();
        var isOpen = true;
        while (isOpen)
        {
            isOpen = await events.FillAsync(cancellation);
            while (events.TryRead(out var data)) yield return frames.Of(data.Span);
            if (frames.HasStopped) break;
        }

        if (frames.HasStopped) yield return "[DONE]"u8.ToArray();
    }
}
