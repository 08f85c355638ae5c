using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LlmConsole.Tests.Support;

/// <summary>What a scripted provider can be told to do.</summary>
public static class Play
{
    /// <summary>A body of JSON, byte for byte as given.</summary>
    public static Behaviour Json(string body, int status = StatusCodes.Status200OK, params (string Name, string Value)[] headers) =>
        Bytes(Encoding.UTF8.GetBytes(body), status, [("Content-Type", "application/json"), .. headers]);

    /// <summary>Any status, headers and body.</summary>
    public static Behaviour Bytes(byte[] body, int status = StatusCodes.Status200OK, params (string Name, string Value)[] headers) => async context =>
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers) context.Response.Headers.Append(name, value);
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body);
    };

    /// <summary>An OpenAI error body.</summary>
    public static Behaviour Error(int status, string message = "scripted failure", params (string Name, string Value)[] headers) =>
        Json($$$"""{"error":{"message":"{{{message}}}","type":"server_error","param":null,"code":null}}""", status, headers);

    /// <summary>Events, gates and cuts, each flushed by itself.</summary>
    public static Behaviour Stream(params StreamStep[] steps) => async context =>
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.Body.FlushAsync(context.RequestAborted);
        foreach (var step in steps) await step.PlayAsync(context);
    };

    /// <summary>A whole answer with usage, streamed or not as the request asks.</summary>
    public static Behaviour Answer(string text, int promptTokens = 5, int outputTokens = 2) => context =>
    {
        var request = context.Features.GetRequiredFeature<ReceivedRequest>();
        var isStream = request.Json.TryGetProperty("stream", out var stream) && stream.GetBoolean();
        var play = isStream
            ? Stream(Sse.Role(), Sse.Delta(text), Sse.Finish(), Sse.Usage(promptTokens, outputTokens), Sse.Done)
            : Json(Sse.Completion(text, promptTokens, outputTokens));
        return play(context);
    };

    /// <summary>Says nothing, not even a status, until the gate opens or the caller leaves; then goes on.</summary>
    public static Behaviour Stall(Task gate, Behaviour then) => async context =>
    {
        await gate.WaitAsync(context.RequestAborted);
        await then(context);
    };

    /// <summary>A step that says the same letter for ever.</summary>
    public static StreamStep Endless { get; } = StreamStep.Forever("x"u8.ToArray());

    /// <summary>Drops the connection instead of answering.</summary>
    public static Behaviour Reset { get; } = context =>
    {
        context.Abort();
        return Task.CompletedTask;
    };
}

/// <summary>One step of a scripted stream: bytes, a gate to wait at, or a cut. Made from a string, an array of bytes or a task.</summary>
public sealed class StreamStep
{
    private readonly Func<HttpContext, Task> _play;

    private StreamStep(Func<HttpContext, Task> play) => _play = play;

    /// <summary>Closes the connection in the middle of the stream, once what was written has been sent.</summary>
    public static StreamStep Cut { get; } = new(_ => throw new IOException("The script cuts the stream."));

    public static implicit operator StreamStep(string text) => FromBytes(Encoding.UTF8.GetBytes(text));

    public static implicit operator StreamStep(byte[] bytes) => FromBytes(bytes);

    public static implicit operator StreamStep(Task gate) => FromTask(gate);

    public static StreamStep FromBytes(byte[] bytes) => new(async context =>
    {
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    });

    internal static StreamStep Forever(byte[] bytes) => new(async context =>
    {
        var many = Enumerable.Repeat(bytes, 64 * 1024).SelectMany(letter => letter).ToArray();
        while (true) await context.Response.Body.WriteAsync(many, context.RequestAborted);
    });

    public static StreamStep FromTask(Task gate) => new(context => gate.WaitAsync(context.RequestAborted));

    internal Task PlayAsync(HttpContext context) => _play(context);
}
