using System.Text;
using System.Text.Json;
using FsCheck.Fluent;
using LlmConsole.Core;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Wire;

/// <summary>The readers of the hot path against simple ones that hold everything and copy everything, over damaged input.</summary>
public sealed class SimpleReadersTests
{
    private static readonly string[] Streams =
    [
        "data: {\"a\":1}\n\ndata: {\"b\":\"é 😀\"}\n\n: keep-alive\n\ndata: [DONE]\n\n",
        "\uFEFFevent: x\r\nid: 7\r\ndata: one\r\ndata: two\r\n\r\ndata\r\rdata:three\n\r\n",
        "data:a\rdata:\rdata: b\r\r\ndata\n\n\ndata:  c\ndatas: d\n data: e\n\r\rdata: f\r\n\ndata: the end",
    ];

    private static readonly string[] Requests =
    [
        """{"model":"m","messages":[{"role":"user","content":"hé\n😀"}],"stream":true,"stream_options":{"include_usage":true},"max_tokens":5,"n":2,"seed":1e3,"temperature":0.5}""",
        """{"messages":[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":null}],"stream":false,"model":"a\/b\u00e9","max_completion_tokens":7,"user":"u","metadata":{"task":"t","model":"x"}}""",
    ];

    private static readonly string[] Chunks =
    [
        """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"hé 😀"},"finish_reason":null}]}""",
        """{"id":"c","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}],"usage":null}""",
        """{"id":"c","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}""",
    ];

    /// <summary>A chunk of another gateway like this one, further on the way to the provider.</summary>
    private const string Costly = """{"id":"c","choices":[],"llmconsole":{"cost_usd":9},"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}""";

    [Fact]
    public void Stream_Damaged_IsReadAsTheStandardSays() => Prop.ForAll(Mutations.Of(Streams), Gen.Choose(1, 40).NonEmptyListOf().ToArbitrary(), (stream, sizes) =>
        Read(stream, [.. sizes]).ShouldBe(Events(stream))).Holds(3_000);

    [Fact]
    public void Request_Damaged_SaysWhatAFullParserReads() => Prop.ForAll(Mutations.Of(Requests), body =>
    {
        ChatRequest request;
        try
        {
            request = ChatRequest.Parse(body);
        }
        catch (RefusalException refusal)
        {
            if (refusal.Error == ErrorCode.InvalidJson) IsText(body).ShouldBeFalse(refusal.Message);
            return;
        }

        var root = JsonElement.Parse(body);
        request.Model.ShouldBe(root.GetProperty("model").GetString());
        request.Stream.ShouldBe(root.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True);
        request.MessageCount.ShouldBe(root.GetProperty("messages").GetArrayLength());
        request.Temperature.ShouldBe(root.TryGetProperty("temperature", out var heat) && heat.ValueKind == JsonValueKind.Number ? heat.GetDouble() : null);
    }).Holds(3_000);

    /// <summary>One that is the same but for its text isn't parsed; a chunk that is damaged must not be taken for one.</summary>
    [Fact]
    public void Chunk_DamagedAfterPlainOnes_SaysWhatItSaysAlone() => Prop.ForAll(Gen.Elements(Chunks).ToArbitrary(), Mutations.Of(Chunks), (before, chunk) =>
    {
        var usage = new AnswerUsage();
        usage.Read(Encoding.UTF8.GetBytes(before), "m");

        var alone = AnswerTap.Read(chunk);
        var inTurn = usage.Read(chunk, "m");

        (inTurn.IsValid, inTurn.HasError, inTurn.ChoiceCount, inTurn.OutputBytes, inTurn.HasToolCalls, inTurn.HasOtherOutput, inTurn.FinishReason, inTurn.Usage, inTurn.FinishedChoices)
            .ShouldBe((alone.IsValid, alone.HasError, alone.ChoiceCount, alone.OutputBytes, alone.HasToolCalls, alone.HasOtherOutput, alone.FinishReason, alone.Usage, alone.FinishedChoices));
    }).Holds(3_000);

    [Fact]
    public void UsageChunk_Damaged_LosesTheCostThatItWasGiven() => Prop.ForAll(Mutations.Of(Chunks[2], Costly), chunk =>
    {
        if (!IsText(chunk) || !AnswerTap.Read(chunk).HasUsage) return;
        var costly = UsageChunk.WithCost(chunk, new Usd(1_234));

        JsonElement.Parse(costly).GetProperty("llmconsole").GetProperty("cost_usd").GetDecimal().ShouldBe(0.000001234m);
        JsonElement.DeepEquals(JsonElement.Parse(UsageChunk.WithoutCost(costly)), JsonElement.Parse(WithoutOthers(chunk))).ShouldBeTrue();
    }).Holds(1_000);

    private static string WithoutOthers(byte[] chunk) =>
        $"{{{string.Join(',', JsonElement.Parse(chunk).EnumerateObject().Where(property => property.Name != "llmconsole").Select(property => $"{JsonSerializer.Serialize(property.Name)}:{property.Value.GetRawText()}"))}}}";

    /// <summary>An object in valid JSON, of a depth that is read, whose strings are text.</summary>
    private static bool IsText(byte[] body)
    {
        try
        {
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(body);
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 64 });
            return document.RootElement.ValueKind == JsonValueKind.Object && IsText(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool IsText(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().All(property => property.Name.Length >= 0 && IsText(property.Value)),
        JsonValueKind.Array => value.EnumerateArray().All(IsText),
        JsonValueKind.String => value.GetString()!.Length >= 0,
        _ => true,
    };

    /// <summary>The events of a whole stream; one that is cut off counts, and one without data doesn't.</summary>
    private static List<string> Events(byte[] stream)
    {
        var text = Encoding.Latin1.GetString(stream);
        if (text.StartsWith("ï»¿", StringComparison.Ordinal)) text = text[3..];
        var (events, data) = (new List<string>(), new List<string>());
        foreach (var line in text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n', '\r'))
        {
            if (line.Length == 0) End();
            else if (line == "data") data.Add("");
            else if (line.StartsWith("data:", StringComparison.Ordinal)) data.Add(line.StartsWith("data: ", StringComparison.Ordinal) ? line[6..] : line[5..]);
        }

        End();
        return events;

        void End()
        {
            if (string.Join('\n', data) is { Length: > 0 } whole) events.Add(whole);
            data.Clear();
        }
    }

    private static List<string> Read(byte[] bytes, int[] sizes)
    {
        using var reader = new SseReader(new ChunkedStream(bytes, sizes));
        var events = new List<string>();
        while (reader.FillAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult())
        {
            while (reader.TryRead(out var data)) events.Add(Encoding.Latin1.GetString(data.Span));
        }

        return events;
    }
}
