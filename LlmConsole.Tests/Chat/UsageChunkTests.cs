using System.Text;
using LlmConsole.Core;
using LlmConsole.Core.Chat;

namespace LlmConsole.Tests.Chat;

public sealed class UsageChunkTests
{
    private const string Own = "\"llmconsole\":{\"cost_usd\":0.002}";

    /// <summary>A provider may be another gateway of this kind, which says what the call cost there.</summary>
    [Theory]
    [InlineData("""{"choices":[],"usage":{"prompt_tokens":1}}""", """{"choices":[],"usage":{"prompt_tokens":1},*}""")]
    [InlineData("""{"choices":[],"usage":{},"llmconsole":{"cost_usd":0.5,"estimated":true}}""", """{"choices":[],"usage":{},*}""")]
    [InlineData("""{ "llmconsole" : {"a":[1,{"b":2}]} , "choices":[] , "llmconsole":null,"usage":{"llmconsole":3}}""", """{"choices":[],"usage":{"llmconsole":3},*}""")]
    [InlineData("""{"choices":[],"model":"llmconsole","usage":{"llmconsole":1}}""", """{"choices":[],"model":"llmconsole","usage":{"llmconsole":1},*}""")]
    public void WithCost_OfAnotherGateway_LeavesOnlyOurOwn(string chunk, string expected) =>
        Encoding.UTF8.GetString(UsageChunk.WithCost(Encoding.UTF8.GetBytes(chunk), new Usd(2_000_000))).ShouldBe(expected.Replace("*", Own, StringComparison.Ordinal));

    [Fact]
    public void WithCost_SaidManyTimes_LeavesOnlyOurOwn()
    {
        var many = string.Concat(Enumerable.Repeat("\"llmconsole\":1,", 50_000));

        Encoding.UTF8.GetString(UsageChunk.WithCost(Encoding.UTF8.GetBytes($"{{{many}\"usage\":{{}}}}"), new Usd(2_000_000))).ShouldBe($$"""{"usage":{},{{Own}}}""");
    }
}
