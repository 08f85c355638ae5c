using System.Text;
using System.Text.Json;
using LlmConsole.Core.Wire;

namespace LlmConsole.Tests.Wire;

public sealed class ChatRequestTests
{
    private const string Messages = """
        "messages":[{"role":"user","content":"hi"}]
        """;

    [Fact]
    public void Parse_EveryFieldThatTheGatewayReads_FindsIt()
    {
        var request = Parse("""
            { "model" : "m", "messages": [{"role":"system","content":null},{"role":"user","content":[{"type":"text","text":"hi"}]}], "stream":true,
              "stream_options":{"other":[1],"include_usage":true}, "max_tokens":7, "max_completion_tokens":9, "n":3, "user":"u",
              "metadata":{"a":"b","task":"nightly"} }
            """);

        request.Model.ShouldBe("m");
        request.Stream.ShouldBeTrue();
        request.IncludeUsage.ShouldBeTrue();
        request.MaxOutputTokens.ShouldBe(9);
        request.Choices.ShouldBe(3);
        request.MessageCount.ShouldBe(2);
        request.User.ShouldBe("u");
        request.Task.ShouldBe("nightly");
        Slice(request, request.Spans.Model).ShouldBe("\"m\"");
        Slice(request, request.Spans.StreamOptions).ShouldBe("""{"other":[1],"include_usage":true}""");
        Slice(request, request.Spans.IncludeUsage).ShouldBe("true");
        Slice(request, request.Spans.MaxTokens).ShouldBe("7");
        Slice(request, request.Spans.MaxCompletionTokens).ShouldBe("9");
    }

    [Fact]
    public void Parse_NamesWrittenWithEscapes_AreTheSameNames()
    {
        var request = Parse("""{"mod\u0065l":"m\u0031","messag\u0065s":[{"r\u006fle":"user","content":""}],"str\u0065am":true}""");

        request.Model.ShouldBe("m1");
        request.Stream.ShouldBeTrue();
        Slice(request, request.Spans.Model).ShouldBe("\"m\\u0031\"");
    }

    [Fact]
    public void Parse_NullForAnOptionalField_IsAsIfAbsent()
    {
        var request = Parse($$"""{"model":"m",{{Messages}},"stream":null,"stream_options":null,"max_tokens":null,"n":null,"temperature":null,"user":null,"metadata":null,"stop":null,"tools":null}""");

        request.Stream.ShouldBeFalse();
        request.MaxOutputTokens.ShouldBeNull();
        request.Choices.ShouldBe(1);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("[]", null)]
    [InlineData("null", null)]
    [InlineData("{", null)]
    [InlineData("{\"model\":", null)]
    [InlineData("{} {}", null)]
    [InlineData("{}x", null)]
    [InlineData("{'model':'m'}", null)]
    [InlineData("{\"model\":\"m\",}", null)]
    [InlineData("{\"temperature\":NaN}", null)]
    [InlineData("{\"model\":\"\\ud800\"}", null)]
    [InlineData("{\"\\ud800\":1}", null)]
    [InlineData("{\"user\":\"\\udc00x\"}", null)]
    [InlineData("{\"x\":{\"\\ud800\":1}}", null)]
    public void Parse_NotJson_IsInvalidJson(string body, string? param) => Refused(body, ErrorCode.InvalidJson, param);

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}]}""", "model")]
    [InlineData("""{"model":"m"}""", "messages")]
    [InlineData("""{"model":1}""", "model")]
    [InlineData("""{"model":""}""", "model")]
    [InlineData("""{"model":null}""", "model")]
    [InlineData("""{"messages":{}}""", "messages")]
    [InlineData("""{"messages":null}""", "messages")]
    [InlineData("""{"messages":[]}""", "messages")]
    [InlineData("""{"messages":[1]}""", "messages[0]")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"},{}]}""", "messages[1].role")]
    [InlineData("""{"messages":[{"role":1}]}""", "messages[0].role")]
    [InlineData("""{"messages":[{"role":"user","content":1}]}""", "messages[0].content")]
    [InlineData("""{"messages":[{"role":"user","content":{}}]}""", "messages[0].content")]
    [InlineData("""{"messages":[{"role":"user","content":["hi"]}]}""", "messages[0].content[0]")]
    public void Parse_BadModelOrMessages_NamesTheField(string body, string param) => Refused(body, ErrorCode.InvalidValue, param);

    [Theory]
    [InlineData("stream", "\"yes\"")]
    [InlineData("stream", "1")]
    [InlineData("stream_options", "true")]
    [InlineData("max_tokens", "0")]
    [InlineData("max_tokens", "-1")]
    [InlineData("max_tokens", "1.5")]
    [InlineData("max_tokens", "\"7\"")]
    [InlineData("max_completion_tokens", "99999999999")]
    [InlineData("n", "0")]
    [InlineData("n", "129")]
    [InlineData("temperature", "2.1")]
    [InlineData("temperature", "-0.1")]
    [InlineData("temperature", "1e400")]
    [InlineData("temperature", "\"hot\"")]
    [InlineData("top_p", "1.1")]
    [InlineData("presence_penalty", "-2.1")]
    [InlineData("frequency_penalty", "2.1")]
    [InlineData("top_logprobs", "21")]
    [InlineData("logprobs", "1")]
    [InlineData("user", "7")]
    [InlineData("tools", "{}")]
    [InlineData("metadata", "[]")]
    [InlineData("stop", "7")]
    [InlineData("response_format", "\"json\"")]
    [InlineData("tool_choice", "[]")]
    public void Parse_BadValue_NamesTheField(string field, string value) =>
        Refused($$"""{"model":"m",{{Messages}},"{{field}}":{{value}}}""", ErrorCode.InvalidValue, field);

    [Theory]
    [InlineData("\"stream_options\":{\"include_usage\":1},\"stream\":true", "stream_options.include_usage")]
    [InlineData("\"stream_options\":{}", "stream_options")]
    [InlineData("\"tools\":[1]", "tools[0]")]
    [InlineData("\"metadata\":{\"task\":1}", "metadata.task")]
    public void Parse_BadNestedValue_NamesThePath(string fields, string param) =>
        Refused($$"""{"model":"m",{{Messages}},{{fields}}}""", ErrorCode.InvalidValue, param);

    [Theory]
    [InlineData("\"x\":1,\"x\":1", "x")]
    [InlineData("\"model\":\"other\"", "model")]
    [InlineData("\"mod\\u0065l\":\"other\"", "model")]
    [InlineData("\"x\":{\"a\":{\"b\":1,\"b\":2}}", "b")]
    [InlineData("\"x\":[{\"a\":1},{\"a\":1,\"a\":1}]", "a")]
    [InlineData("\"metadata\":{\"task\":\"a\",\"task\":\"a\"}", "task")]
    [InlineData("\"tools\":[{\"type\":\"f\",\"type\":\"g\"}]", "type")]
    [InlineData("\"\\ud83d\\ude00\":1,\"😀\":1", "😀")]
    public void Parse_KeyTwiceInOneObject_Refuses(string fields, string param) =>
        Refused($$"""{"model":"m",{{Messages}},{{fields}}}""", ErrorCode.InvalidValue, param);

    [Fact]
    public void Parse_SameKeyInDifferentObjects_IsFine() =>
        Parse($$"""{"model":"m",{{Messages}},"x":{"model":"a","x":{"x":[{"x":1},{"x":1}]} },"role":1,"content":2}""").Model.ShouldBe("m");

    [Theory]
    [InlineData("api_key")]
    [InlineData("api_base")]
    [InlineData("base_url")]
    [InlineData("API_Base")]
    [InlineData("b\\u0061se_url")]
    [InlineData("input_cost_per_token")]
    [InlineData("extra_headers")]
    public void Parse_FieldThatChoosesDestinationCredentialOrPrice_Refuses(string field)
    {
        var name = JsonSerializer.Deserialize<string>($"\"{field}\"");

        Refused($$"""{"model":"m",{{Messages}},"{{field}}":"x"}""", ErrorCode.InvalidValue, name);
    }

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    public void Parse_HundredThousandLevels_RefusesWithoutOverflow(char open)
    {
        var nested = string.Concat(Enumerable.Repeat(open == '[' ? "[" : "{\"a\":", 100_000));

        Refused($$"""{"model":"m",{{Messages}},"x":{{nested}}""", ErrorCode.InvalidJson, null);
    }

    [Fact]
    public void Parse_AsDeepAsAllowed_IsFine()
    {
        var nested = string.Concat(Enumerable.Repeat("{\"a\":", DuplicateKeys.MaxDepth - 1)) + "1" + new string('}', DuplicateKeys.MaxDepth - 1);

        Parse($$"""{"model":"m",{{Messages}},"x":{{nested}} }""").Model.ShouldBe("m");
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xC3, 0x28 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    public void Parse_InvalidUtf8InAString_IsInvalidJson(byte[] bytes)
    {
        byte[] body = [.. "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\""u8, .. bytes, .. "\"}]}"u8];

        Should.Throw<RefusalException>(() => ChatRequest.Parse(body)).Error.ShouldBe(ErrorCode.InvalidJson);
    }

    [Theory]
    [InlineData("messages", """ "messages":[@] """, """{"role":"user","content":""}""", RequestLists.DefaultMaxMessages)]
    [InlineData("messages[0].content", """ "messages":[{"role":"user","content":[@]}] """, """{"type":"text","text":""}""", RequestLists.MaxParts)]
    [InlineData("tools", Messages + ""","tools":[@]""", "{}", RequestLists.MaxTools)]
    [InlineData("stop", Messages + ""","stop":[@]""", "\"a\"", RequestLists.MaxStops)]
    public void Parse_AListAtItsBound_TakesItAndNotOneEntryMore(string param, string field, string entry, int most)
    {
        Parse(Listing(most)).Model.ShouldBe("m");

        var refusal = Should.Throw<RefusalException>(() => Parse(Listing(most + 1)));

        (refusal.Error, refusal.Param).ShouldBe((ErrorCode.ArrayTooLong, param));

        string Listing(int count) => $$"""{"model":"m",{{field.Replace("@", string.Join(',', Enumerable.Repeat(entry, count)), StringComparison.Ordinal)}}}""";
    }

    private static ChatRequest Parse(string body) => ChatRequest.Parse(Encoding.UTF8.GetBytes(body), RequestLists.DefaultMaxMessages);

    private static string Slice(ChatRequest request, Range span) => Encoding.UTF8.GetString(request.Body[span].Span);

    private static void Refused(string body, ErrorCode error, string? param)
    {
        var refusal = Should.Throw<RefusalException>(() => Parse(body));
        refusal.Error.ShouldBe(error);
        refusal.Param.ShouldBe(param);
    }

    [Theory]
    [InlineData("""{"type":"image_url","image_url":{"url":"data:image/png;base64,@"}}""")]
    [InlineData("""{"image_url":{"detail":"high","url":"data:image/png;base64,@"},"type":"image_url"}""")]
    [InlineData("""{"type":"image_url","image_url":"data:image/jpeg;base64,@"}""")]
    public void Parse_ImageData_CountsNotAsText(string part)
    {
        var small = WithPart(part, 0);
        var large = WithPart(part, 100_000);

        large.ImageParts.ShouldBe(1);
        large.TextBytes.ShouldBe(small.TextBytes);
        large.PromptUpperBound.ShouldBe(small.PromptUpperBound);
        large.PromptUpperBound.ShouldBeGreaterThan(PromptBound.ImageTokens);
    }

    [Theory]
    [InlineData("""{"type":"text","text":"data:image/png;base64,@"}""")]
    [InlineData("""{"type":"image_url","text":"@","image_url":{"url":"https://a.example/b.png"}}""")]
    [InlineData("""{"type":"image_url","image_url":{"url":"data:text/plain;base64,@"}}""")]
    [InlineData("""{"type":"image_url","image_url":{"text":"data:image/png;base64,@"}}""")]
    [InlineData("""{"type":"unheard_of","payload":["@"]}""")]
    public void Parse_WhatMayBeRead_CountsAsText(string part) =>
        (WithPart(part, 100_000).TextBytes - WithPart(part, 0).TextBytes).ShouldBe(100_000);

    [Theory]
    [InlineData("""{"type":"input_audio","input_audio":{"data":"@","format":"mp3"}}""")]
    [InlineData("""{"type":"file","file":{"filename":"a.pdf","file_data":"@"}}""")]
    public void Parse_MediaData_CountsByItsBytes(string part)
    {
        var request = WithPart(part, 80_000);

        request.MediaBytes.ShouldBe(80_000);
        (request.PromptUpperBound - WithPart(part, 0).PromptUpperBound).ShouldBe(10_000);
    }

    [Theory]
    [InlineData("\"response_format\":{\"type\":\"@\"}")]
    [InlineData("\"functions\":[{\"name\":\"@\"}]")]
    [InlineData("\"documents\":\"@\"")]
    [InlineData("\"tools\":[{\"name\":\"@\"}]")]
    public void Parse_FieldsThatBecomePrompt_CountAsText(string field)
    {
        int TextOf(int length) => ChatRequest.Parse(Encoding.UTF8.GetBytes($$"""{"model":"m","messages":[{"role":"user","content":"hi"}],{{field.Replace("@", new string('a', length), StringComparison.Ordinal)}}}""")).TextBytes;

        (TextOf(1_000) - TextOf(0)).ShouldBe(1_000);
    }

    private static ChatRequest WithPart(string part, int length) =>
        ChatRequest.Parse(Encoding.UTF8.GetBytes($$"""{"model":"m","messages":[{"role":"user","content":[{{part.Replace("@", new string('A', length), StringComparison.Ordinal)}}]}]}"""));
}
