using System.Buffers;
using System.Text;
using System.Text.Json;
using LlmConsole.Core.Wire.Messages;

namespace LlmConsole.Tests.Wire.Messages;

public sealed class MessagesEventsTests
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly MessagesEvents _events;

    public MessagesEventsTests() => _events = new MessagesEvents(_output);

    [Fact]
    public void Write_ThinkingTextAndTwoTools_OpensAndClosesABlockForEach()
    {
        Chunk("""{"role":"assistant","content":""}""");
        Chunk("""{"reasoning_content":"hm"}""");
        Chunk("""{"content":"Hel"}""");
        Chunk("""{"content":"lo"}""");
        Chunk("""{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":""}}]}""");
        Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]}""");
        Chunk("""{"tool_calls":[{"index":1,"id":"c2","type":"function","function":{"name":"g","arguments":"{}"}}]}""");
        Chunk("{}", "tool_calls");
        Raw("""{"id":"chatcmpl-1","model":"m","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":3}},"llmconsole":{"cost_usd":0.1}}""");
        _events.End();

        Said().ShouldBe(
        [
            """message_start {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}}""",
            """ping {"type": "ping"}""",
            """content_block_start {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}""",
            """content_block_delta {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}""",
            """content_block_stop {"type":"content_block_stop","index":0}""",
            """content_block_start {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}""",
            """content_block_delta {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hel"}}""",
            """content_block_delta {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"lo"}}""",
            """content_block_stop {"type":"content_block_stop","index":1}""",
            """content_block_start {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"c1","name":"f","input":{}}}""",
            """content_block_delta {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}""",
            """content_block_stop {"type":"content_block_stop","index":2}""",
            """content_block_start {"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"c2","name":"g","input":{}}}""",
            """content_block_delta {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{}"}}""",
            """content_block_stop {"type":"content_block_stop","index":3}""",
            """message_delta {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":7,"cache_creation_input_tokens":0,"cache_read_input_tokens":3,"output_tokens":4}}""",
            """message_stop {"type":"message_stop"}""",
        ]);
    }

    [Fact]
    public void End_AfterNativeEventsThatTheGatewayCut_ClosesWhatIsOpen()
    {
        Raw("""{"choices":[],"anthropic":{"type":"message_start","message":{"id":"msg_1"}}}""");
        Raw("""{"choices":[],"anthropic":{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}}""");
        Raw("""{"choices":[],"anthropic":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a  b"}}}""");
        Chunk("{}", "length");
        _events.End();

        Said()[2..].ShouldBe(
        [
            """content_block_delta {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a  b"}}""",
            """content_block_stop {"type":"content_block_stop","index":0}""",
            """message_delta {"type":"message_delta","delta":{"stop_reason":"max_tokens","stop_sequence":null},"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}""",
            """message_stop {"type":"message_stop"}""",
        ]);
    }

    [Theory]
    [InlineData("stop", "end_turn")]
    [InlineData("length", "max_tokens")]
    [InlineData("content_filter", "refusal")]
    public void Answer_FinishReason_IsAnthropicsWord(string finish, string stop)
    {
        var message = MessagesAnswer.Of(Encoding.UTF8.GetBytes($$$"""{"id":"chatcmpl-1","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"{{{finish}}}"}],"usage":{"prompt_tokens":3,"completion_tokens":1}}"""));

        Encoding.UTF8.GetString(message.Span).ShouldBe($$$"""{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hi"}],"stop_reason":"{{{stop}}}","stop_sequence":null,"usage":{"input_tokens":3,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1}}""");
    }

    [Theory]
    [InlineData("""{\"a\":1}""", """{"a":1}""")]
    [InlineData("", "{}")]
    [InlineData("""{\"a\":""", """{"arguments":"{\u0022a\u0022:"}""")]
    public void Answer_ToolCall_HasItsArgumentsAsAnObject(string arguments, string input)
    {
        var message = MessagesAnswer.Of(Encoding.UTF8.GetBytes($$$"""{"choices":[{"message":{"content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{{{arguments}}}"}}]},"finish_reason":"tool_calls"}]}"""));

        JsonElement.Parse(message.Span).GetProperty("content")[0].GetProperty("input").GetRawText().ShouldBe(input);
    }

    private void Chunk(string delta, string? finish = null) =>
        Raw($$"""{"id":"chatcmpl-1","model":"m","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{(finish is null ? "null" : $"\"{finish}\"")}}}]}""");

    private void Raw(string json) => _events.Write(Encoding.UTF8.GetBytes(json));

    /// <summary>Each event's name and data.</summary>
    private string[] Said() =>
        [.. Encoding.UTF8.GetString(_output.WrittenSpan).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line.Replace("event: ", "", StringComparison.Ordinal).Replace("\ndata: ", " ", StringComparison.Ordinal))];
}
