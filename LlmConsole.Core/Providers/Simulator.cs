using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace LlmConsole.Core.Providers;

/// <summary>
/// A deterministic model inside the process that speaks OpenAI's wire, so that everything works with no account. <c>echo</c> answers with the
/// last user message; <c>lorem-&lt;tokens&gt;-&lt;first ms&gt;-&lt;gap ms&gt;</c> streams that many words at that pace. When tools are offered it calls the first
/// one, once; when JSON is asked for it answers with JSON of the wanted shape. Embeddings come from the words of a text, whatever the model. <c>fire-drill</c>
/// stands in for a provider that a drill spares: always a sentence that says so, never a tool call or JSON that a program might act on.
/// </summary>
internal sealed class Simulator(TimeProvider time) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Method == HttpMethod.Get) return Body(HttpStatusCode.OK, """{"object":"list","data":[{"id":"echo","object":"model","owned_by":"simulator"},{"id":"lorem-200-300-20","object":"model","owned_by":"simulator"}]}"""u8.ToArray());
        using var body = JsonDocument.Parse(await request.Content!.ReadAsByteArrayAsync(cancellationToken));
        try
        {
            if (request.RequestUri!.AbsolutePath.EndsWith("/embeddings", StringComparison.Ordinal)) return Body(HttpStatusCode.OK, SimulatedEmbeddings.To(body.RootElement));
            return await AnswerAsync(body.RootElement, cancellationToken);
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            // The gateway passes on what it doesn't know, so the request may have shapes that only a real model would understand.
            return Body(HttpStatusCode.BadRequest, """{"error":{"message":"The simulator can't read this request.","type":"invalid_request_error","code":"invalid_value"}}"""u8.ToArray());
        }
    }

    private async Task<HttpResponseMessage> AnswerAsync(JsonElement ask, CancellationToken cancellation)
    {
        var name = ask.GetProperty("model").GetString()!;
        if (SimulatedModel.Parse(name) is not { } model)
            return Body(HttpStatusCode.NotFound, """{"error":{"message":"The simulator knows echo and lorem-<tokens>-<first ms>-<gap ms>.","type":"invalid_request_error","code":"model_not_found"}}"""u8.ToArray());

        var answer = SimulatedAnswer.To(ask, model);
        var wire = new SimulatedWire(name, answer, ask.TryGetProperty("n", out var n) && n.ValueKind == JsonValueKind.Number ? n.GetInt32() : 1, time);
        if (ask.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True)
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new SimulatedStream(wire, model, time, cancellation) };

        using var whole = wire;
        await Task.Delay(model.FirstToken + (answer.Tokens.Count * model.Gap), time, cancellation);
        return Body(HttpStatusCode.OK, wire.Completion());
    }

    private static HttpResponseMessage Body(HttpStatusCode status, byte[] json) => new(status)
    {
        Content = new ByteArrayContent(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
    };
}

/// <summary>What a simulated model's name says.</summary>
/// <param name="Words">How many words to say; none for echo.</param>
/// <param name="Text">What it says whatever it is asked; for nothing.</param>
internal sealed record SimulatedModel(int? Words, TimeSpan FirstToken, TimeSpan Gap, string? Text = null)
{
    /// <summary>The name of the model that fire drills ask.</summary>
    public const string FireDrill = "fire-drill";
    private const string FireDrillText = "Fire drill: this is a simulated answer. An administrator rehearses the failure of a model; the model itself was not asked. Please try again later.";

    private const int MaxWords = 100_000;
    private const int MaxMilliseconds = 600_000;

    public static SimulatedModel? Parse(string name)
    {
        name = name.StartsWith("simulator/", StringComparison.Ordinal) ? name["simulator/".Length..] : name;
        if (name == "echo") return new SimulatedModel(null, TimeSpan.Zero, TimeSpan.FromMilliseconds(5));
        if (name == FireDrill) return new SimulatedModel(null, TimeSpan.Zero, TimeSpan.Zero, FireDrillText);
        var parts = name.Split('-');
        return parts is ["lorem", var words, var first, var gap] && Number(words, MaxWords) is { } w && Number(first, MaxMilliseconds) is { } f && Number(gap, MaxMilliseconds) is { } g
            ? new SimulatedModel(w, TimeSpan.FromMilliseconds(f), TimeSpan.FromMilliseconds(g))
            : null;
    }

    private static int? Number(string text, int max) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number <= max ? number : null;
}
