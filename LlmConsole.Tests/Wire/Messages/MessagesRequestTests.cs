using System.Text;
using System.Text.Json;
using LlmConsole.Core.Wire;

namespace LlmConsole.Tests.Wire.Messages;

public sealed class MessagesRequestTests
{
    private const string Messages = """ "messages":[{"role":"user","content":"hi"}]""";

    [Fact]
    public void Read_EveryPart_BecomesChatCompletions()
    {
        var request = Read("""
            {"model":"m","max_tokens":50,"stream":true,"system":[{"type":"text","text":"Be short.","cache_control":{"type":"ephemeral"}}],"temperature":0.5,"top_k":3,"stop_sequences":["END"],
             "metadata":{"user_id":"u1"},"thinking":{"type":"enabled","budget_tokens":4000},"tool_choice":{"type":"any","disable_parallel_tool_use":true},
             "tools":[{"name":"f","description":"d","input_schema":{"type":"object"}}],
             "messages":[
               {"role":"user","content":[{"type":"text","text":"What?"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw=="}},{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}},{"type":"document","title":"a.pdf","source":{"type":"base64","media_type":"application/pdf","data":"JVBERg=="}}]},
               {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"Calling."},{"type":"tool_use","id":"t1","name":"f","input":{"a":[1.50]}}]},
               {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"sunny"},{"type":"image","source":{"type":"url","url":"https://example.com/b.png"}}]},{"type":"text","text":"And?"}]},
               {"role":"user","content":"hi"}]}
            """);

        Same(request.Body, """
            {"model":"m","stream":true,"stream_options":{"include_usage":true},"temperature":0.5,"stop":["END"],"user":"u1","reasoning_effort":"medium","tool_choice":"required","parallel_tool_calls":false,
             "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],
             "messages":[
               {"role":"system","content":[{"type":"text","text":"Be short."}]},
               {"role":"user","content":[{"type":"text","text":"What?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw=="}},{"type":"image_url","image_url":{"url":"https://example.com/a.png"}},{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERg=="}}]},
               {"role":"assistant","content":"Calling.","tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\":[1.50]}"}}]},
               {"role":"tool","tool_call_id":"t1","content":"sunny"},
               {"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/b.png"}},{"type":"text","text":"And?"}]},
               {"role":"user","content":"hi"}]}
            """);
        (request.Model, request.Stream, request.MaxOutputTokens, request.ImageParts).ShouldBe(("m", true, 50, 3));
    }

    [Fact]
    public void Read_ThinkingOfBefore_CountsAsPrompt()
    {
        var thought = new string('x', 5_000);

        Read($$$"""{"model":"m","max_tokens":5,"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"{{{thought}}}"}]},{"role":"user","content":"hi"}]}""").PromptUpperBound.ShouldBeGreaterThan(5_000);
        Read($$$"""{"model":"m","max_tokens":5,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"{{{thought}}}"}}]}]}""").TextBytes.ShouldBeLessThan(500);
    }

    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}]}""", "max_tokens")]
    [InlineData("""{"model":"m","max_tokens":0,"messages":[{"role":"user","content":"hi"}]}""", "max_tokens")]
    [InlineData("""{"max_tokens":5,"messages":[{"role":"user","content":"hi"}]}""", "model")]
    [InlineData("""{"model":"m","max_tokens":5}""", "messages")]
    [InlineData("""{"model":"m","max_tokens":5,"messages":[{"content":"hi"}]}""", "messages[0].role")]
    [InlineData("""{"model":"m","max_tokens":5,"temperature":"warm","messages":[{"role":"user","content":"hi"}]}""", "temperature")]
    public void Read_WrongField_RefusesByName(string body, string param) =>
        Should.Throw<RefusalException>(() => Read(body)).Param.ShouldBe(param);

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"model":"a","model":"b","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData("""{"model":"a","max_tokens":5,"messages":[{"role":"user","content":"\ud83d"}]}""")]
    public void Read_BadJson_Refuses(string body) =>
        Should.Throw<RefusalException>(() => Read(body)).Error.ShouldBe(ErrorCode.InvalidJson);

    [Theory]
    [InlineData("""{"model":"public","max_tokens":50,"messages":[]}""", """{"model":"own \u0022name","max_tokens":7,"messages":[]}""")]
    [InlineData("""{"x":{"model":1}, "max_tokens" : 50 ,"model":"public"}""", """{"x":{"model":1}, "max_tokens" : 7 ,"model":"own \u0022name"}""")]
    public void BodyFor_AModelAndACap_ReplacesOnlyThose(string body, string expected)
    {
        var native = Core.Wire.Messages.MessagesRequest.Spans(Encoding.UTF8.GetBytes(body));

        Encoding.UTF8.GetString(native.BodyFor("own \"name", 7)).ShouldBe(expected);
    }

    [Theory]
    [InlineData("messages", """ "messages":[@] """, """{"role":"user","content":"hi"}""", 3)]
    [InlineData("messages[0].content", """ "messages":[{"role":"user","content":[@]}] """, """{"type":"tool_result","tool_use_id":"a","content":"1"}""", RequestLists.MaxParts)]
    [InlineData("tools", Messages + ""","tools":[@]""", """{"name":"t","input_schema":{}}""", RequestLists.MaxTools)]
    [InlineData("stop_sequences", Messages + ""","stop_sequences":[@]""", "\"a\"", RequestLists.MaxStops)]
    public void Read_AListBeyondItsBound_Refuses(string param, string field, string entry, int most)
    {
        Should.NotThrow(() => Read(most));

        var refusal = Should.Throw<RefusalException>(() => Read(most + 1));

        (refusal.Error, refusal.Param).ShouldBe((ErrorCode.ArrayTooLong, param));

        void Read(int count)
        {
            var list = field.Replace("@", string.Join(',', Enumerable.Repeat(entry, count)), StringComparison.Ordinal);
            ChatRequest.Parse(Encoding.UTF8.GetBytes($$"""{"model":"m","max_tokens":5,{{list}}}"""), Surface.Messages, maxMessages: 3);
        }
    }

    /// <summary>In OpenAI's words each result is a message of its own, and so is the system prompt.</summary>
    [Fact]
    public void Read_ResultsOfTools_AreNoMessagesOfTheClients()
    {
        const string results = """{"type":"tool_result","tool_use_id":"a","content":"1"},{"type":"tool_result","tool_use_id":"b","content":"2"}""";

        ChatRequest.Parse(Encoding.UTF8.GetBytes($$"""{"model":"m","max_tokens":5,"system":"s","messages":[{"role":"user","content":[{{results}}]}]}"""), Surface.Messages, maxMessages: 1).MessageCount.ShouldBe(3);
    }

    private static ChatRequest Read(string body) => ChatRequest.Parse(Encoding.UTF8.GetBytes(body), Surface.Messages);

    private static void Same(ReadOnlyMemory<byte> json, string expected)
    {
        var (left, right) = (JsonElement.Parse(json.Span), JsonElement.Parse(expected));
        if (!JsonElement.DeepEquals(left, right)) Encoding.UTF8.GetString(json.Span).ShouldBe(expected);
    }
}
