using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LlmConsole.Tests.Support;

/// <summary>What a scripted provider says in Ollama's wire: one JSON object a line.</summary>
public static class ScriptedOllama
{
    private const string Head = """{"model":"llama-1","created_at":"2027-01-31T09:33:00Z",""";

    public static readonly string[] Lines =
    [
        Line("""{"role":"assistant","content":"","thinking":"Let me see."}"""),
        Line("""{"role":"assistant","content":"Hello, žluť "}"""),
        Line("""{"role":"assistant","content":"😀"}"""),
        Line("""{"role":"assistant","content":"","tool_calls":[{"function":{"name":"get_weather","arguments":{"city":"Brno"}}},{"function":{"name":"get_time","arguments":{}}}]}"""),
        $$"""{{Head}}"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":1,"load_duration":1,"prompt_eval_count":26,"prompt_eval_duration":1,"eval_count":9,"eval_duration":1}""" + "\n",
    ];

    public const string Whole =
        $$"""{{Head}}"message":{"role":"assistant","content":"Hello, žluť 😀"},"done":true,"done_reason":"stop","total_duration":1,"load_duration":1,"prompt_eval_count":26,"prompt_eval_duration":1,"eval_count":9,"eval_duration":1}""";

    public static Behaviour Answer { get; } = context =>
        context.Features.GetRequiredFeature<ReceivedRequest>().Json.TryGetProperty("stream", out var stream) && stream.GetBoolean()
            ? StreamAsync(context, Lines)
            : Play.Json(Whole)(context);

    /// <summary>The answer without tool calls.</summary>
    public static Behaviour Plain { get; } = context =>
        context.Features.GetRequiredFeature<ReceivedRequest>().Json.TryGetProperty("stream", out var stream) && stream.GetBoolean()
            ? StreamAsync(context, [.. Lines[..3], Lines[^1]])
            : Play.Json(Whole)(context);

    /// <summary>A stream that ends without the line that says <c>done</c>.</summary>
    public static Behaviour Cut { get; } = context => StreamAsync(context, Lines[..2]);

    private static async Task StreamAsync(HttpContext context, IReadOnlyList<string> lines)
    {
        context.Response.ContentType = "application/x-ndjson";
        foreach (var line in lines)
        {
            await context.Response.WriteAsync(line, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private static string Line(string message) => $$"""{{Head}}"message":{{message}},"done":false}""" + "\n";
}
