using LlmConsole.Core.Caching.Guards;
using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Caching.Pairs;

/// <summary>What semantic caching with the built-in embedder does on pairs whose truth is known.</summary>
public sealed class LabelledPairsTests
{
    [Fact]
    public void Set_Always_IsLargeEnoughToMeanSomething()
    {
        LabelledPair.All.Count(pair => pair.ShouldHit).ShouldBeGreaterThanOrEqualTo(150);
        LabelledPair.All.Count(pair => !pair.ShouldHit).ShouldBeGreaterThanOrEqualTo(300);
        LabelledPair.All.Distinct().Count().ShouldBe(LabelledPair.All.Count);
    }

    [Fact]
    public void Hits_AtTheDefaultThreshold_AreNeverWrong() =>
        LabelledPair.All.Where(pair => !pair.ShouldHit && pair.Hits(SemanticCachePolicy.DefaultThreshold)).ShouldBeEmpty();

    /// <summary>Even the lowest threshold that can be set is kept from wrong answers by the guards.</summary>
    [Fact]
    public void Hits_AtTheLowestThreshold_AreNeverWrong() => LabelledPair.All.Where(pair => !pair.ShouldHit && pair.Hits(0.5)).ShouldBeEmpty();

    [Fact]
    public void Hits_AtTheDefaultThreshold_FindMostRephrasings()
    {
        var should = LabelledPair.All.Where(pair => pair.ShouldHit).ToList();

        ((double)should.Count(pair => pair.Hits(SemanticCachePolicy.DefaultThreshold)) / should.Count).ShouldBeGreaterThan(0.6);
    }

    [Fact]
    public void Veto_InEitherDirection_IsTheSame() => LabelledPair.All.Where(pair => (pair.Veto is null) != (Reversed(pair) is null)).ShouldBeEmpty();

    /// <summary>With an embedder that knows meaning the wording may differ; what must be the same still holds back most of what is different.</summary>
    [Fact]
    public void Veto_ForAnEmbedderOfMeaning_HoldsBackNumbersNegationsAndTheLike()
    {
        string[] kinds = ["number", "negation", "date", "unit", "code", "tense", "language"];

        var pairs = LabelledPair.All.Where(pair => kinds.Contains(pair.Kind)).ToList();

        ((double)pairs.Count(pair => Guard.Veto(PromptFacts.Read(pair.One), PromptFacts.Read(pair.Other), isLexical: false) is not null) / pairs.Count).ShouldBeGreaterThan(0.98);
    }

    /// <summary>The chart in the documentation shows these pairs. To draw it anew after a change: <c>LLMCONSOLE_CHARTS=write dotnet test …</c>.</summary>
    [Fact]
    public void Chart_InTheDocumentation_ShowsThisSet()
    {
        var file = Path.Combine(RepositoryFiles.Root, "docs", "images", "semantic-threshold.svg");
        var chart = ThresholdChart.Draw(LabelledPair.All, SemanticCachePolicy.DefaultThreshold);
        if (Environment.GetEnvironmentVariable("LLMCONSOLE_CHARTS") == "write") File.WriteAllText(file, chart);

        File.ReadAllText(file).ShouldBe(chart);
    }

    /// <summary>What docs/operations.md says of the set.</summary>
    [Fact]
    public void Figures_InTheDocumentation_AreThoseMeasured()
    {
        var (should, others) = (LabelledPair.All.Where(pair => pair.ShouldHit).ToList(), LabelledPair.All.Count(pair => !pair.ShouldHit));
        var found = should.Count(pair => pair.Hits(SemanticCachePolicy.DefaultThreshold));
        var wrong = LabelledPair.All.Count(pair => !pair.ShouldHit && pair.Similarity >= SemanticCachePolicy.DefaultThreshold);

        string.Join(' ', RepositoryFiles.Lines("docs/operations.md")).ShouldContain(
            $"at the default threshold {found} of {should.Count} rephrasings are found and none of {others} near-misses is served; similarity alone would serve {wrong} of them.");
    }

    private static string? Reversed(LabelledPair pair) => Guard.Veto(PromptFacts.Read(pair.Other), PromptFacts.Read(pair.One), isLexical: true);
}
