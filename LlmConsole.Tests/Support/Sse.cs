using System.Text.Json;

namespace LlmConsole.Tests.Support;

/// <summary>Events and bodies as OpenAI sends them.</summary>
public static class Sse
{
    public const string Done = "data: [DONE]\n\n";

    /// <summary>An event with this data.</summary>
    public static string Event(string json) => $"data: {json}\n\n";

    public static string Role() => Chunk("""{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}""");

    public static string Delta(string text) => Chunk($$"""{"index":0,"delta":{"content":{{JsonSerializer.Serialize(text)}}},"finish_reason":null}""");

    public static string Finish(string reason = "stop") => Chunk($$"""{"index":0,"delta":{},"finish_reason":"{{reason}}"}""");

    public static string Usage(int promptTokens, int outputTokens) =>
        Event($$$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"upstream-1","choices":[],"usage":{{{UsageJson(promptTokens, outputTokens)}}}}""");

    /// <summary>A chunk with this one choice.</summary>
    public static string Chunk(string choice) =>
        Event($$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"upstream-1","choices":[{{choice}}],"usage":null}""");

    /// <summary>The body of an answer that isn't streamed.</summary>
    public static string Completion(string text, int promptTokens = 5, int outputTokens = 2) =>
        $$$"""{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"upstream-1","choices":[{"index":0,"message":{"role":"assistant","content":{{{JsonSerializer.Serialize(text)}}}},"finish_reason":"stop"}],"usage":{{{UsageJson(promptTokens, outputTokens)}}}}""";

    private static string UsageJson(int promptTokens, int outputTokens) =>
        $$"""{"prompt_tokens":{{promptTokens}},"completion_tokens":{{outputTokens}},"total_tokens":{{promptTokens + outputTokens}}}""";
}
