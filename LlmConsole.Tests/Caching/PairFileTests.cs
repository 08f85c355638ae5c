using LlmConsole.Core.Caching.Semantic;

namespace LlmConsole.Tests.Caching;

public sealed class PairFileTests
{
    [Fact]
    public void Read_Lines_ComparesAndKeepsLabels()
    {
        var pairs = PairFile.Read("""
            {"a":"How do I reset my password?","b":"How do I reset my password?","label":true}

            {"a":"Cancel order 17","b":"Cancel order 18","label":"wrong"}
            {"a":"Opening hours","b":"Tax return"}
            """);

        pairs.Select(pair => pair.IsRight).ShouldBe([true, false, null]);
        pairs[0].Similarity.ShouldBe(1);
        pairs[1].Veto.ShouldBe("numbers");
        pairs[2].Similarity.ShouldBeLessThan(0.5);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"a":"x"}""")]
    [InlineData("""{"a":"x","b":"y","label":7}""")]
    public void Read_BadLine_NamesIt(string line) =>
        Should.Throw<FormatException>(() => PairFile.Read($$"""
            {"a":"x","b":"y"}
            {{line}}
            """)).Message.ShouldContain("ine 2", Case.Sensitive);
}
