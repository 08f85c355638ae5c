using System.Text;
using FsCheck.Fluent;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Wire;

public sealed class AnswerTapTests
{
    [Theory]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":3}""", 10, 0, 3, 0)]
    [InlineData("""{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}""", 0, 0, 0, 0)]
    [InlineData("""{"completion_tokens":3,"total_tokens":13,"prompt_tokens":10,"new":{"a":[1]}}""", 10, 0, 3, 0)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":3,"prompt_tokens_details":{"audio_tokens":0,"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}""", 6, 4, 3, 2)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":99},"completion_tokens_details":{"reasoning_tokens":99}}""", 0, 10, 3, 3)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":-4},"completion_tokens_details":{"reasoning_tokens":-1}}""", 10, 0, 3, 0)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":3,"prompt_tokens_details":null,"completion_tokens_details":[]}""", 10, 0, 3, 0)]
    public void Read_UsableUsage_IsCountedInDisjointBuckets(string usage, long input, long cached, long output, long reasoning)
    {
        var tap = Read($$"""{"choices":[],"usage":{{usage}}}""");

        tap.Usage.ShouldBe(new TokenUsage(input, cached, output, reasoning));
        tap.IsValid.ShouldBeTrue();
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"prompt_tokens":10}""")]
    [InlineData("""{"completion_tokens":10}""")]
    [InlineData("""{"prompt_tokens":null,"completion_tokens":3}""")]
    [InlineData("""{"prompt_tokens":-1,"completion_tokens":3}""")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":99999999999}""")]
    [InlineData("""{"prompt_tokens":1e99,"completion_tokens":3}""")]
    [InlineData("""{"prompt_tokens":10.5,"completion_tokens":3}""")]
    [InlineData("""{"prompt_tokens":"10","completion_tokens":3}""")]
    [InlineData("""{"prompt_tokens":{"a":1},"completion_tokens":[3]}""")]
    public void Read_UnusableUsage_CountsAsNotSaid(string usage)
    {
        var json = $$"""{"usage":{{usage}},"choices":[{"finish_reason":"stop"}]}""";
        var tap = Read(json);

        tap.Usage.ShouldBeNull();
        tap.HasUsage.ShouldBeTrue();
        json[tap.UsageSpan].ShouldBe(usage);
        tap.FinishReason.ShouldBe("stop");
    }

    [Theory]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"choices":[],"usage":null}""")]
    [InlineData("""{"choices":[],"usage":[1]}""")]
    [InlineData("""{"choices":[],"usage":7}""")]
    public void Read_NoUsageObject_HasNone(string json)
    {
        Read(json).HasUsage.ShouldBeFalse();
        Read(json).IsValid.ShouldBeTrue();
    }

    [Theory]
    [InlineData("\"stop\"", "stop")]
    [InlineData("\"length\"", "length")]
    [InlineData("\"tool_calls\"", "tool_calls")]
    [InlineData("\"content_filter\"", "content_filter")]
    [InlineData("\"invented_next_year\"", "invented_next_year")]
    [InlineData("null", null)]
    [InlineData("{\"a\":1}", null)]
    public void Read_FinishReason_IsKept(string value, string? reason)
    {
        var tap = Read($$"""{"choices":[{"index":0,"delta":{},"finish_reason":{{value}} }]}""");

        tap.FinishReason.ShouldBe(reason);
        tap.IsValid.ShouldBeTrue();
        tap.ChoiceCount.ShouldBe(1);
    }

    [Fact]
    public void Read_VeryLongFinishReason_IsUnknown() =>
        Read($$$"""{"choices":[{"finish_reason":"{{{new string('x', 65)}}}"}]}""").FinishReason.ShouldBe("unknown");

    [Theory]
    [InlineData("""{"error":{"message":"no"}}""", true)]
    [InlineData("""{"error":"no"}""", true)]
    [InlineData("""{"choices":[],"error":null}""", false)]
    [InlineData("""{"choices":[{"error":{"a":1}}]}""", false)]
    public void Read_ErrorObject_IsSeen(string json, bool hasError) => Read(json).HasError.ShouldBe(hasError);

    [Theory]
    [InlineData("")]
    [InlineData("[DONE]")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("{\"choices\":[}")]
    [InlineData("{\"choices\":[{\"delta\":{\"content\":\"a")]
    [InlineData("<html>")]
    [InlineData("""{"choices":[{"finish_reason":"\ud800"}]}""")]
    [InlineData("""{"\ud800":1}""")]
    public void Read_NotOneObject_IsInvalid(string json) => Read(json).IsValid.ShouldBeFalse();

    [Theory]
    [InlineData("""{"delta":{"content":"abc"}}""", 3, false)]
    [InlineData("""{"delta":{"reasoning_content":"ab","content":"c","role":"assistant"}}""", 3, false)]
    [InlineData("""{"message":{"refusal":"abcd","content":null}}""", 4, false)]
    [InlineData("""{"delta":{"tool_calls":[{"index":0}]}}""", 13, true)]
    [InlineData("""{"delta":null}""", 0, false)]
    [InlineData("""{"delta":{"content":"\ud800"}}""", 6, false)]
    public void Read_Output_IsMeasuredInBytes(string choice, int bytes, bool hasToolCalls)
    {
        var tap = Read($$"""{"choices":[{{choice}}]}""");

        tap.OutputBytes.ShouldBe(bytes);
        tap.HasToolCalls.ShouldBe(hasToolCalls);
    }

    [Fact]
    public void Read_AnyDamage_NeverThrows()
    {
        const string whole = """{"id":"a","choices":[{"index":0,"delta":{"content":"h\u00e9","tool_calls":[{"a":1}]},"finish_reason":"s\u0074op"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":1}}}""";
        var bytes = Encoding.UTF8.GetBytes(whole);
        var pieces = Gen.Elements("\\ud800", "\"", "\\", "{", "}", "[", "]", ",", "9", "-", "null").Select(Encoding.UTF8.GetBytes).Or(Gen.Choose(0, 255).Select(value => new[] { (byte)value }));

        Prop.ForAll(Gen.Choose(0, bytes.Length - 1).ToArbitrary(), Gen.Choose(0, 4).ToArbitrary(), pieces.ToArbitrary(), (at, cut, piece) =>
        {
            var tap = AnswerTap.Read([.. bytes[..at], .. piece, .. bytes[Math.Min(bytes.Length, at + cut)..]]);
            if (tap.Usage is { } usage) Math.Min(Math.Min(usage.Input, usage.CachedInput), usage.Output).ShouldBeGreaterThanOrEqualTo(0);
        }).Holds(5_000);
    }

    [Fact]
    public void Read_ChunkThatBreaksOff_IsNoPatternForTheNext()
    {
        var tap = AnswerTap.Read("""{"choices":[{"index":0,"delta":{"content":"abc"}}]"""u8);

        tap.IsValid.ShouldBeFalse();
        tap.PlainText.End.Value.ShouldBe(0);
    }

    private static AnswerTap Read(string json) => AnswerTap.Read(Encoding.UTF8.GetBytes(json));
}
