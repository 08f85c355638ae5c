using System.Buffers;
using System.Text;
using System.Text.Json;
using FsCheck.Fluent;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Providers;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;
using LlmConsole.Core.Wire.Messages;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Wire;

/// <summary>Whatever a provider answers is passed on, translated, kept or left: no reader of it throws what the road doesn't expect, and what is made of it is JSON.</summary>
public sealed class DamagedAnswerTests
{
    internal static readonly string[] Completions =
    [
        """{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hé\n😀"},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7,"prompt_tokens_details":{"cached_tokens":1}}}""",
        """{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}]}""",
        """{"id":"c","choices":[{"index":"0","message":{"role":5,"content":"\ud83d","refusal":["x"],"tool_calls":[7,{"function":3}]},"finish_reason":"\ud83d"}],"usage":{"prompt_tokens":-1,"completion_tokens":1e400}}""",
        """{"error":{"message":"\ud83d","code":429,"type":"x"}}""",
        """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,2]}],"model":"m","usage":{"prompt_tokens":3,"total_tokens":3}}""",
    ];

    internal static readonly string[] Chunks =
    [
        """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}""",
        """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"hé 😀"},"finish_reason":null}]}""",
        """{"id":"c","choices":[{"index":0,"delta":{"content":"\ud83d","reasoning":"r","tool_calls":[5,{"index":"1","function":{"name":"f"}},{"index":1,"id":"t","function":{"name":"f","arguments":"{"}}]},"finish_reason":null}]}""",
        """{"id":"c","anthropic":{"type":"content_block_start\n","index":"2","content_block":{}},"choices":[3,{"index":1e9,"delta":[],"finish_reason":"length"}]}""",
        """{"id":"c","anthropic":7,"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2,"prompt_tokens_details":[]}}""",
    ];

    private static readonly string[] Native =
    [
        """{"type":"message","id":"msg_1","model":"m","role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"text","text":"hé 😀"},{"type":"tool_use","id":"t","name":"f","input":{"a":"\ud83d"}}],"stop_reason":"tool_use","usage":{"input_tokens":5,"output_tokens":2}}""",
        """{"type":"message_start","message":{"id":"msg_1","model":"m","usage":{"input_tokens":5,"cache_read_input_tokens":1,"output_tokens":1}}}""",
        """{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}""",
        """{"type":"content_block_delta","index":"0","delta":{"type":"text_delta","text":"\ud83d"}}""",
        """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":"9"}}""",
        """{"type":"message_start","message":4}""",
    ];

    [Fact]
    public void Completion_Damaged_IsTranslatedAndTakenApart() => Prop.ForAll(Mutations.Of(Completions), bytes =>
    {
        _ = ProviderError.Read(bytes);
        if (!AnswerTap.Read(bytes).IsAnswerTo(Surface.ChatCompletions)) return;
        IsJson(MessagesAnswer.Of(bytes).Span);
        if (new AnswerCheck(1, MayEndByLength: true, MayCallTools: true).Passes(bytes)) CompletionChunks.Split(bytes, default, includeUsage: true, chunk => IsJson(chunk.Span));
    }).Holds(3_000);

    [Fact]
    public void Chunks_Damaged_AreTranslatedJoinedAndEnded() => Prop.ForAll(Mutations.Of(Chunks), bytes =>
    {
        var tap = AnswerTap.Read(bytes);
        if (!tap.IsValid || tap.HasError) return;
        _ = ChunkText.Read(bytes);
        var output = new ArrayBufferWriter<byte>();
        var events = new MessagesEvents(output);
        foreach (var chunk in (ReadOnlySpan<byte[]>)[Encoding.UTF8.GetBytes(Chunks[0]), bytes, bytes]) events.Write(chunk);
        events.End();
        AreEvents(output.WrittenSpan);
        if (AnswerAssembly.Join([Encoding.UTF8.GetBytes(Chunks[0]), bytes, bytes], default) is { } whole) IsJson(whole.Span);
        IsJson(LengthEnding.After(bytes, 1));
        IsJson(new OwnChunks(bytes).Text("more"));
    }).Holds(3_000);

    [Fact]
    public void Events_OfAnthropic_Damaged_BecomeChunks() => Prop.ForAll(Mutations.Of(Native), bytes =>
    {
        var frames = new NativeFrames();
        _ = frames.Of(Encoding.UTF8.GetBytes(Native[1]));
        IsJsonIf(bytes, frames.Of(bytes));
        IsJsonIf(bytes, NativeFrames.Completion(bytes));
    }).Holds(3_000);

    [Theory]
    [InlineData("\"\\ud83d\"", "\uFFFD")]
    [InlineData("\"a\\udc00\\ud83d\\ude00\\n\\\"\\/\\\\\\u00e9\"", "a\uFFFD😀\n\"/\\é")]
    [InlineData("\"\\b\\f\\r\\t\\ud83d\"", "\b\f\r\t\uFFFD")]
    public void Read_HalfOfAPair_StandsForItself_AndTheRestIsRead(string json, string text)
    {
        using var document = JsonDocument.Parse(json);
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();

        (JsonText.Read(document.RootElement), JsonText.Read(reader)).ShouldBe((text, text));
    }

    private static void IsJson(ReadOnlySpan<byte> bytes) => JsonElement.Parse(bytes).ValueKind.ShouldBe(JsonValueKind.Object);

    /// <summary>What was no JSON goes on as it came, and what can't be read becomes nothing.</summary>
    private static void IsJsonIf(byte[] given, byte[] made)
    {
        if (!made.AsSpan().SequenceEqual(given) && !made.AsSpan().SequenceEqual("null"u8)) IsJson(made);
    }

    private static void AreEvents(ReadOnlySpan<byte> stream)
    {
        using var reader = new SseReader(new MemoryStream(stream.ToArray()));
        while (reader.FillAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult())
        {
            while (reader.TryRead(out var data)) IsJson(data.Span);
        }
    }
}
