using System.Text;
using System.Text.Json;

namespace LlmConsole.Bench;

/// <summary>A provider that costs next to nothing and says the same to everybody: its model's name tells how many tokens, how soon and how fast.</summary>
internal static class Mock
{
    private static readonly byte[] Done = "data: [DONE]\n\n"u8.ToArray();

    public static async Task RunAsync(int port)
    {
        var app = Bare.App(port);
        app.Run(AnswerAsync);
        await app.RunAsync();
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        var parts = body.RootElement.GetProperty("model").GetString()!.Split('-');
        var (tokens, first, gap) = (int.Parse(parts[1]), int.Parse(parts[2]), int.Parse(parts[3]));
        if (body.RootElement.TryGetProperty("stream", out var stream) && stream.GetBoolean()) await StreamAsync(context, tokens, first, gap);
        else await WholeAsync(context, tokens);
    }

    private static Task WholeAsync(HttpContext context, int tokens)
    {
        var answer = Encoding.UTF8.GetBytes($$"""{"id":"c","object":"chat.completion","created":1,"model":"mock","choices":[{"index":0,"message":{"role":"assistant","content":"{{string.Concat(Enumerable.Repeat("word ", tokens))}}"},"finish_reason":"stop"}],{{Usage(tokens)}}}""");
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = answer.Length;
        return context.Response.Body.WriteAsync(answer).AsTask();
    }

    private static async Task StreamAsync(HttpContext context, int tokens, int first, int gap)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.Body.FlushAsync();
        if (first > 0) await Task.Delay(first);
        for (var i = 0; i < tokens; i++)
        {
            if (i > 0 && gap > 0) await Task.Delay(gap);
            await WriteAsync(context, Chunk($$"""[{"index":0,"delta":{"content":"word{{i}} "},"finish_reason":null}]"""));

            // Each event by itself, as tokens come, and not all that are ready in one piece.
            if (gap == 0) await Task.Yield();
        }

        await WriteAsync(context, Chunk("""[{"index":0,"delta":{},"finish_reason":"stop"}]"""));
        await WriteAsync(context, Chunk($"[],{Usage(tokens)}"));
        await WriteAsync(context, Done);
    }

    private static async Task WriteAsync(HttpContext context, byte[] bytes)
    {
        await context.Response.Body.WriteAsync(bytes);
        await context.Response.Body.FlushAsync();
    }

    private static byte[] Chunk(string choices) => Encoding.UTF8.GetBytes($$"""data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"mock","choices":{{choices}}}""" + "\n\n");

    private static string Usage(int tokens) => $$""" "usage":{"prompt_tokens":20,"completion_tokens":{{tokens}},"total_tokens":{{20 + tokens}}}""";
}

/// <summary>A web server with nothing in it.</summary>
internal static class Bare
{
    public static WebApplication App(int port, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ListenLocalhost(port);
            kestrel.AddServerHeader = false;
        });
        configure?.Invoke(builder);
        return builder.Build();
    }
}
