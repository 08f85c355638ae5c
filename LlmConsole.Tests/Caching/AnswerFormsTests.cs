using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Wire;

namespace LlmConsole.Tests.Caching;

/// <summary>A stream and a body of the same answer turn into each other, and lose nothing.</summary>
public sealed class AnswerFormsTests
{
    private static readonly TokenUsage Usage = new(3, 1, 4, 2);

    [Theory]
    [InlineData("""{"id":"c1","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hé😀\n\"x\""},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""")]
    [InlineData("""{"id":"c2","object":"chat.completion","created":7,"model":"m","system_fingerprint":"fp","service_tier":"default","choices":[{"index":0,"message":{"role":"assistant","content":"A"},"logprobs":{"content":[{"token":"A","logprob":-0.1,"top_logprobs":[]}],"refusal":null},"finish_reason":"stop"},{"index":1,"message":{"role":"assistant","content":"B"},"logprobs":null,"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""")]
    [InlineData("""{"id":"c3","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant","tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"t2","type":"function","function":{"name":"g","arguments":""}}]},"logprobs":null,"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""")]
    [InlineData("""{"id":"c4","object":"chat.completion","created":7,"model":"m","citations":["https://example.com"],"choices":[{"index":0,"message":{"role":"assistant","reasoning_content":"because","content":"so","annotations":[{"type":"url_citation","url_citation":{"url":"https://example.com"}}],"invented":{"a":[1]}},"logprobs":null,"finish_reason":"stop","extra":{"b":true}}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"completion_tokens_details":{"reasoning_tokens":1}}}""")]
    [InlineData("""{"id":"c5","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant","refusal":"I can't."},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""")]
    public void JoinOfSplit_AnyCompletion_IsTheCompletion(string completion) => RoundTrip(completion).ShouldBe(Normal(completion));

    [Fact]
    public void JoinOfSplit_ALongText_IsWhole()
    {
        var text = string.Concat(Enumerable.Range(0, 5_000).Select(i => i % 7 == 0 ? "😀" : "é "));
        var completion = $$$"""{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":{{{JsonSerializer.Serialize(text)}}}},"logprobs":null,"finish_reason":"stop"}],"usage":{"total_tokens":3}}""";

        RoundTrip(completion).ShouldBe(Normal(completion));
        Chunks(completion).Count.ShouldBeGreaterThan(5);
    }

    [Fact]
    public void Split_OfACompletion_IsAValidStream()
    {
        var chunks = Chunks("""{"id":"c","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"total_tokens":3}}""");

        chunks.ShouldBe(
        [
            """{"object":"chat.completion.chunk","id":"c","created":7,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}""",
            """{"object":"chat.completion.chunk","id":"c","created":7,"model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}""",
            """{"object":"chat.completion.chunk","id":"c","created":7,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""",
            """{"object":"chat.completion.chunk","id":"c","created":7,"model":"m","choices":[],"usage":{"total_tokens":3},"llmconsole":{"cost_usd":0}}""",
        ]);
    }

    [Theory]
    [InlineData("""{"content":"b"}""", """{"content":"c\n\"d\""}""", """{"content":"é😀"}""", "abc\n\"d\"é😀e")]
    [InlineData("""{"content":"b"}""", """{"content":""}""", """{"content":"c\",\"x\":\""}""", "abc\",\"x\":\"e")]
    [InlineData("""{"content":"b","reasoning":"r"}""", """{"content":"c","reasoning":"r"}""", """{"content":"d"}""", "abcde")]
    public void Join_OfChunksThatAreAlike_LosesNothing(string second, string third, string fourth, string content)
    {
        string[] deltas = ["""{"role":"assistant","content":"a"}""", second, third, fourth, """{"content":"e"}"""];
        var joined = Join([.. deltas.Select(delta => $$$"""{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{{{delta}}},"logprobs":null,"finish_reason":null}]}""")]);

        var message = JsonNode.Parse(joined)!["choices"]![0]!["message"]!;
        message["content"]!.GetValue<string>().ShouldBe(content);
        message["reasoning"]?.GetValue<string>().ShouldBe("rr");
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("3000000000")]
    public void Join_ChoiceWithAnIndexThatIsNone_MakesNoAnswer(string index) =>
        AnswerAssembly.Join([System.Text.Encoding.UTF8.GetBytes($$$"""{"choices":[{"index":{{{index}}},"delta":{"content":"hi"}}]}""")], default).ShouldBeNull();

    [Fact]
    public void Join_LogprobsBesideTheText_AreAllKept()
    {
        string[] texts = ["a", "b", "c"];
        var joined = Join([.. texts.Select(text => $$$"""{"choices":[{"index":0,"delta":{"content":"{{{text}}}"},"logprobs":{"content":[{"token":"t"}]},"finish_reason":null}]}""")]);

        JsonNode.Parse(joined)!["choices"]![0]!["logprobs"]!["content"]!.AsArray().Count.ShouldBe(3);
    }

    [Fact]
    public void Join_OfAStream_IsTheCompletion()
    {
        string[] chunks =
        [
            """{"id":"c","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":1,"delta":{"role":"assistant","content":"B"},"finish_reason":null}],"usage":null}""",
            """{"id":"c","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"A"},"logprobs":{"content":[{"token":"A"}]},"finish_reason":null},{"index":1,"delta":{"content":"b"},"finish_reason":"stop"}]}""",
            """{"id":"c","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"content":"a","role":"assistant"},"logprobs":{"content":[{"token":"a"}]},"finish_reason":"stop"}],"system_fingerprint":"fp"}""",
            """{"id":"c","object":"chat.completion.chunk","created":7,"model":"m","choices":[],"llmconsole":{"cost_usd":1}}""",
        ];

        Normal(Join(chunks)).ShouldBe(Normal("""
            {"id":"c","object":"chat.completion","created":7,"model":"m","system_fingerprint":"fp","choices":[
             {"index":0,"message":{"role":"assistant","content":"Aa"},"logprobs":{"content":[{"token":"A"},{"token":"a"}]},"finish_reason":"stop"},
             {"index":1,"message":{"role":"assistant","content":"Bb"},"logprobs":null,"finish_reason":"stop"}],
             "usage":{"prompt_tokens":4,"completion_tokens":4,"total_tokens":8,"prompt_tokens_details":{"cached_tokens":1},"completion_tokens_details":{"reasoning_tokens":2}}}
            """));
    }

    [Theory]
    [InlineData("{\"choices\":[]}")]
    [InlineData("{\"choices\":[{\"delta\":{\"content\":\"\\ud83d\"}}]}")]
    public void Join_WhatCannotBePutTogether_IsNone(string chunk) => AnswerAssembly.Join([Encoding.UTF8.GetBytes(chunk)], Usage).ShouldBeNull();

    private static List<string> Chunks(string completion)
    {
        var chunks = new List<string>();
        CompletionChunks.Split(Encoding.UTF8.GetBytes(completion), Usage, true, chunk => chunks.Add(Encoding.UTF8.GetString(chunk.Span)));
        return chunks;
    }

    private static string RoundTrip(string completion) => Normal(Join(Chunks(completion)));

    private static string Join(IEnumerable<string> chunks) =>
        Encoding.UTF8.GetString(AnswerAssembly.Join(chunks.Select(chunk => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(chunk)), Usage).ShouldNotBeNull().Span);

    /// <summary>With its fields in order, and without those that are null.</summary>
    private static string Normal(string json) => Sorted(JsonNode.Parse(json))!.ToJsonString();

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject fields => new JsonObject(fields.Where(field => field.Value is not null).OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => KeyValuePair.Create(field.Key, Sorted(field.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
