using Microsoft.AspNetCore.Http.Features;

namespace LlmConsole.Tests.Support;

/// <summary>What a scripted provider says in Anthropic's wire.</summary>
public static class ScriptedAnthropic
{
    public const string Usage = """{"input_tokens":25,"cache_creation_input_tokens":7,"cache_read_input_tokens":11,"output_tokens":1}""";

    /// <summary>The events of an answer with thinking, text and one tool call, as Anthropic documents them.</summary>
    public static readonly string[] Events =
    [
        Event("message_start", $$$"""{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-1","content":[],"stop_reason":null,"stop_sequence":null,"usage":{{{Usage}}}}}"""),
        Event("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"""),
        Event("ping", """{"type": "ping"}"""),
        Event("content_block_delta", """{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let me see."}}"""),
        Event("content_block_delta", """{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2lnbmF0dXJl"}}"""),
        Event("content_block_stop", """{"type":"content_block_stop","index":0}"""),
        Event("content_block_start", """{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"""),
        Event("content_block_delta", """{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hello, žluť "}}"""),
        Event("content_block_delta", """{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"😀"}}"""),
        Event("content_block_stop", """{"type":"content_block_stop","index":1}"""),
        Event("content_block_start", """{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{}}}"""),
        Event("content_block_delta", """{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"city\":"}}"""),
        Event("content_block_delta", """{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"\"Brno\"}"}}"""),
        Event("content_block_stop", """{"type":"content_block_stop","index":2}"""),
        Event("message_delta", """{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":15}}"""),
        Event("message_stop", """{"type":"message_stop"}"""),
    ];

    public const string Message =
        """{"id":"msg_1","type":"message","role":"assistant","model":"claude-1","content":[{"type":"thinking","thinking":"Let me see.","signature":"c2lnbmF0dXJl"},{"type":"text","text":"Hello, žluť 😀"},{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{"city":"Brno"}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":25,"cache_creation_input_tokens":7,"cache_read_input_tokens":11,"output_tokens":15}}""";

    /// <summary>The answer, streamed or not as the request asks.</summary>
    public static Behaviour Answer { get; } = context =>
        context.Features.GetRequiredFeature<ReceivedRequest>().Json.TryGetProperty("stream", out var stream) && stream.GetBoolean()
            ? Play.Stream([.. Events.Select(line => (StreamStep)line)])(context)
            : Play.Json(Message)(context);

    public static Behaviour Error(int status, string type, string message, params (string Name, string Value)[] headers) =>
        Play.Json($$$"""{"type":"error","error":{"type":"{{{type}}}","message":"{{{message}}}"}}""", status, headers);

    public static string Event(string name, string json) => $"event: {name}\ndata: {json}\n\n";
}
