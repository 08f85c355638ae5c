using System.Text;
using System.Text.Json;
using FsCheck.Fluent;
using LlmConsole.Core.Wire;
using LlmConsole.Core.Wire.Messages;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Wire;

/// <summary>Whatever arrives is read or refused, in the words that are documented for it: nothing else is thrown, nothing hangs, nothing grows.</summary>
public sealed class DamagedInputTests
{
    private static readonly string[] Chats =
    [
        """{"model":"m","messages":[{"role":"user","content":"hé\n😀"}],"stream":true,"stream_options":{"include_usage":true},"max_tokens":5,"n":2,"seed":1e3}""",
        """{"model":"m","messages":[{"role":"system","content":"x"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]}],"metadata":{"task":"t"},"user":"u","temperature":0.5}""",
        """{"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"c","content":"1"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{}}},"model":"m","max_completion_tokens":7}""",
    ];

    private static readonly string[] Messages =
    [
        """{"model":"m","max_tokens":9,"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"tool_use","id":"t1","name":"f","input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"ok"}]}],"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"},"stop_sequences":["x"],"stream":true}""",
        """{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"hi"}],"metadata":{"user_id":"u"},"thinking":{"type":"enabled","budget_tokens":1024}}""",
    ];

    private static readonly string[] Embeddings = ["""{"model":"m","input":["a","é"],"dimensions":4,"encoding_format":"float","user":"u"}""", """{"model":"m","input":[1,2,3]}"""];

    private static readonly string[] Streams =
    [
        "data: {\"a\":1}\n\ndata: {\"b\":\"é 😀\"}\n\n: keep-alive\n\ndata: [DONE]\n\n",
        "\uFEFFevent: x\r\nid: 7\r\ndata: one\r\ndata: two\r\n\r\ndata\r\rdata:three\n\r\n",
        ":\n\ndatax: no\ndata: a\r\rdata: the end",
    ];

    [Theory]
    [InlineData(Surface.ChatCompletions)]
    [InlineData(Surface.Messages)]
    [InlineData(Surface.Embeddings)]
    public void Request_Damaged_IsReadOrRefused(Surface surface) => Prop.ForAll(Mutations.Of(SeedsOf(surface)), body =>
    {
        if (TryParse(body, surface) is not { } request) return;
        JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 64 }).Dispose();
        request.Model.Length.ShouldBeGreaterThan(0);
        foreach (var span in new[] { request.Spans.Model, request.Spans.Messages, request.Spans.Input, request.Spans.MaxTokens, request.Spans.MaxCompletionTokens, request.Spans.StreamOptions, request.Spans.IncludeUsage, request.Spans.Tools })
        {
            var value = request.Body[span];
            if (!value.IsEmpty) JsonDocument.Parse(value).Dispose();
        }
    }).Holds(3_000);

    [Theory]
    [InlineData(Surface.ChatCompletions)]
    [InlineData(Surface.Messages)]
    [InlineData(Surface.Embeddings)]
    public void Request_CutAnywhere_IsRefused(Surface surface)
    {
        foreach (var body in SeedsOf(surface).Select(Encoding.UTF8.GetBytes))
        {
            TryParse(body, surface).ShouldNotBeNull();
            for (var length = 0; length < body.Length; length++) TryParse(body[..length], surface).ShouldBeNull();
        }
    }

    [Fact]
    public void Stream_DamagedAndInAnyChunks_IsReadAlike() => Prop.ForAll(Mutations.Of(Streams), Gen.Choose(1, 40).NonEmptyListOf().ToArbitrary(), (stream, sizes) =>
    {
        var whole = ReadAll(stream, [int.MaxValue]);

        ReadAll(stream, [1]).ShouldBe(whole);
        ReadAll(stream, [.. sizes]).ShouldBe(whole);
        whole.Sum(data => data.Length).ShouldBeLessThanOrEqualTo(stream.Length);
    }).Holds(3_000);

    [Fact]
    public void Stream_WithoutEnd_TakesNoMoreMemoryThanAnEventMay() => Prop.ForAll(Mutations.Of(Streams), start =>
    {
        const int MaxEvent = 32 * 1024;
        var stream = new NeverEnding([.. start, .. "\ndata: "u8]);

        using var reader = new SseReader(stream, MaxEvent);
        Should.Throw<InvalidDataException>(() =>
        {
            while (reader.FillAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult())
            {
                while (reader.TryRead(out _))
                {
                    // Only the end matters.
                }
            }
        });
        stream.Given.ShouldBeLessThanOrEqualTo(2 * MaxEvent);
    }).Holds(100);

    private static string[] SeedsOf(Surface surface) => surface switch { Surface.Messages => Messages, Surface.Embeddings => Embeddings, _ => Chats };

    private static ChatRequest? TryParse(byte[] body, Surface surface)
    {
        try
        {
            return ChatRequest.Parse(body, surface, new MessagesHeaders(null, null));
        }
        catch (RefusalException refusal)
        {
            refusal.Error.Status.ShouldBe(400);
            return null;
        }
    }

    private static List<byte[]> ReadAll(byte[] bytes, int[] sizes)
    {
        using var reader = new SseReader(new ChunkedStream(bytes, sizes));
        var events = new List<byte[]>();
        while (reader.FillAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult())
        {
            while (reader.TryRead(out var data)) events.Add(data.ToArray());
        }

        return events;
    }

    /// <summary>Goes on with one letter for ever.</summary>
    private sealed class NeverEnding(byte[] start) : MemoryStream
    {
        public int Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var known = Given < start.Length ? start.AsSpan(Given) : [];
            var count = Math.Min(buffer.Length, Math.Max(known.Length, 1_000));
            buffer.Span[..count].Fill((byte)'a');
            known[..Math.Min(known.Length, count)].CopyTo(buffer.Span);
            Given += count;
            return ValueTask.FromResult(count);
        }
    }
}
