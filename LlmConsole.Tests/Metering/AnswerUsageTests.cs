using System.Text;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;

namespace LlmConsole.Tests.Metering;

/// <summary>What goes into the books when a provider says something odd about its usage, or nothing.</summary>
public sealed class AnswerUsageTests
{
    private const string Words = "one two three four";
    private static readonly ChatRequest Hi = ChatRequest.Parse("""{"model":"m","messages":[{"role":"user","content":"hello world"}]}"""u8.ToArray());
    private static readonly long HiTokens = PromptTokens.Count(Hi, TokenCounter.For("m"));

    [Fact]
    public void Settle_UsageSaid_IsTaken() =>
        Settle(null, Text(Words), Usage("""{"prompt_tokens":9,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4}}"""))
            .ShouldBe((new TokenUsage(5, 4, 5, 0), UsageSource.Provider, UsageFlags.None));

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"prompt_tokens":null,"completion_tokens":null}""")]
    [InlineData("""{"prompt_tokens":0,"completion_tokens":0}""")]
    public void Settle_UsageMissingOrZero_IsCounted(string usage) =>
        Settle(null, Text(Words), Usage(usage)).ShouldBe((new TokenUsage(HiTokens, 0, 4, 0), UsageSource.Estimated, UsageFlags.MissingUsage));

    [Theory]
    [InlineData("""{"prompt_tokens":-1,"completion_tokens":-5}""")]
    [InlineData("""{"prompt_tokens":"many","completion_tokens":1e99}""")]
    public void Settle_UsageThatIsNoNumberOfTokens_IsCountedAndFlagged(string usage) =>
        Settle(null, Text(Words), Usage(usage)).ShouldBe((new TokenUsage(HiTokens, 0, 4, 0), UsageSource.Estimated, UsageFlags.MissingUsage | UsageFlags.Clamped));

    [Fact]
    public void Settle_OnlyOneSideSaid_CountsTheOther()
    {
        Settle(null, Text(Words), Usage("""{"prompt_tokens":9}""")).ShouldBe((new TokenUsage(9, 0, 4, 0), UsageSource.Estimated, UsageFlags.MissingUsage));
        Settle(null, Text(Words), Usage("""{"completion_tokens":9}""")).ShouldBe((new TokenUsage(HiTokens, 0, 9, 0), UsageSource.Estimated, UsageFlags.MissingUsage));
    }

    [Fact]
    public void Settle_ZeroOutputOfAnEmptyAnswer_IsTrue() =>
        Settle(null, Text(""), Usage("""{"prompt_tokens":9,"completion_tokens":0}""")).ShouldBe((new TokenUsage(9, 0, 0, 0), UsageSource.Provider, UsageFlags.None));

    [Fact]
    public void Settle_EarlyUsage_IsAtLeastTheCount() =>
        Settle(null, Usage("""{"prompt_tokens":9,"completion_tokens":1}"""), Text(Words)).ShouldBe((new TokenUsage(9, 0, 4, 0), UsageSource.Provider, UsageFlags.EarlyUsage));

    [Fact]
    public void Settle_RunningUsageUpToTheEnd_IsNotEarly() =>
        Settle(null, Usage("""{"prompt_tokens":9,"completion_tokens":1}"""), Text("one"), Usage("""{"prompt_tokens":9,"completion_tokens":2}""")).Flags.ShouldBe(UsageFlags.None);

    [Fact]
    public void Settle_MoreOutputThanTheCap_IsCutToIt() =>
        Settle(3, Text(Words), Usage("""{"prompt_tokens":9,"completion_tokens":800,"completion_tokens_details":{"reasoning_tokens":700}}"""))
            .ShouldBe((new TokenUsage(9, 0, 3, 3), UsageSource.Provider, UsageFlags.Clamped));

    [Fact]
    public void Settle_AbsurdNumbersWithoutCap_AreCutToWhatAModelCanDo()
    {
        var (usage, source, flags) = Settle(null, Text(Words), Usage("""{"prompt_tokens":999999999,"completion_tokens":999999999}"""));

        usage.Input.ShouldBe(HiTokens);
        usage.Output.ShouldBe(Words.Length + 131_072);
        (source, flags).ShouldBe((UsageSource.Estimated, UsageFlags.Clamped));
    }

    /// <summary>Instructions of the provider's own are believed; a long prompt only where the request names what can be one.</summary>
    [Theory]
    [InlineData("", 32_768, true)]
    [InlineData("", 131_072, false)]
    [InlineData(",\"temperature\":1,\"seed\":7,\"store\":false,\"stop\":[\"a\"],\"user\":\"u\",\"metadata\":{\"task\":\"t\"}", 131_072, false)]
    [InlineData(",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hello world\"}]}]", 131_072, false)]
    [InlineData(",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"file_id\":\"file-1\"}}]}]", 131_072, true)]
    [InlineData(",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://example.com/a.png\"}}]}]", 131_072, true)]
    [InlineData(",\"tools\":[{\"type\":\"web_search\"}]", 131_072, true)]
    [InlineData(",\"web_search_options\":{}", 131_072, true)]
    [InlineData(",\"conversation\":\"conv_1\"", 1_999_999, true)]
    [InlineData(",\"conversation\":\"conv_1\"", 2_000_001, false)]
    public void Settle_MorePromptThanWasSent_IsBelievedAsFarAsItCanBe(string fields, long said, bool isBelieved)
    {
        var messages = fields.Contains("messages", StringComparison.Ordinal) ? "" : ",\"messages\":[{\"role\":\"user\",\"content\":\"hello world\"}]";
        var request = ChatRequest.Parse(Encoding.UTF8.GetBytes($"{{\"model\":\"m\"{messages}{fields}}}"));

        var (usage, source, flags) = Settle(request, null, Text(Words), Usage($$$"""{"prompt_tokens":{{{said}}},"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":{{{said - 1}}}}}"""));

        usage.ShouldBe(isBelieved ? new TokenUsage(1, said - 1, 5, 0) : new TokenUsage(PromptTokens.Count(request, TokenCounter.For("m")), 0, 5, 0));
        (source, flags).ShouldBe(isBelieved ? (UsageSource.Provider, UsageFlags.None) : (UsageSource.Estimated, UsageFlags.Clamped));
    }

    [Fact]
    public void Settle_HiddenReasoning_IsBelieved() =>
        Settle(null, Text(Words), Usage("""{"prompt_tokens":9,"completion_tokens":5000}""")).Usage.Output.ShouldBe(5_000);

    [Fact]
    public void Settle_ToolCalls_CountTheirNamesAndArguments() =>
        Settle(null, """{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}}]}}]}""")
            .Usage.Output.ShouldBe(TokenCounter.For("m").Count("""weather{"city":"Rome"}"""));

    [Fact]
    public void Settle_ReasoningUnderTwoNames_CountsOnce() =>
        Settle(null, """{"choices":[{"index":0,"delta":{"reasoning":"one two three four","reasoning_content":"one two three four"}}]}""").Usage.Output.ShouldBe(4);

    [Fact]
    public void Settle_LongTextInManyChunks_CountsLikeTheWhole()
    {
        var chunk = Text(string.Concat(Enumerable.Repeat(" several words", 50)));

        Settle(null, [.. Enumerable.Repeat(chunk, 300)]).Usage.Output.ShouldBe(300 * 100);
    }

    [Fact]
    public void HasExceededCap_OnlyWhenCertain_IsTrue()
    {
        var usage = new AnswerUsage { OutputCap = 100 };
        for (var i = 0; i < 180; i++) usage.Read(Encoding.UTF8.GetBytes(Text(" word")), "m");
        usage.HasExceededCap().ShouldBeFalse();

        for (var i = 0; i < 30; i++) usage.Read(Encoding.UTF8.GetBytes(Text(" word")), "m");
        usage.HasExceededCap().ShouldBeTrue();
    }

    private static (TokenUsage Usage, UsageSource Source, UsageFlags Flags) Settle(long? cap, params string[] chunks) => Settle(Hi, cap, chunks);

    private static (TokenUsage Usage, UsageSource Source, UsageFlags Flags) Settle(ChatRequest request, long? cap, params string[] chunks)
    {
        var usage = new AnswerUsage { OutputCap = cap };
        foreach (var chunk in chunks) usage.Read(Encoding.UTF8.GetBytes(chunk), "m").IsValid.ShouldBeTrue();
        var (tokens, source) = usage.Settle(request);
        return (tokens, source, usage.Flags);
    }

    private static string Text(string text) => $$$"""{"choices":[{"index":0,"delta":{"content":"{{{text}}}"}}]}""";

    private static string Usage(string usage) => $$"""{"choices":[],"usage":{{usage}}}""";
}
