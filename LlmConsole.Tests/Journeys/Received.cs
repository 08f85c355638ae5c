using System.Collections.Concurrent;
using System.Text;
using Microsoft.Playwright;

namespace LlmConsole.Tests.Journeys;

/// <summary>What the server sends to a page: bodies of answers, and messages of circuits.</summary>
internal sealed class Received
{
    private readonly ConcurrentQueue<Task<byte[]>> _parts = new();

    public Received(IPage page)
    {
        page.Response += (_, response) => _parts.Enqueue(BodyAsync(response));
        page.WebSocket += (_, socket) => socket.FrameReceived += (_, frame) => _parts.Enqueue(Task.FromResult(frame.Binary ?? Encoding.UTF8.GetBytes(frame.Text ?? "")));
    }

    public void Forget() => _parts.Clear();

    /// <summary>Whether the text came. Messages of circuits hold texts as UTF-8, as answers do.</summary>
    public async Task<bool> ContainAsync(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return (await Task.WhenAll(_parts)).Any(part => part.AsSpan().IndexOf(bytes) >= 0);
    }

    /// <summary>Redirects have no body, and that of a page that was left is gone.</summary>
    private static async Task<byte[]> BodyAsync(IResponse response)
    {
        try
        {
            return await response.BodyAsync();
        }
        catch (PlaywrightException)
        {
            return [];
        }
    }
}
