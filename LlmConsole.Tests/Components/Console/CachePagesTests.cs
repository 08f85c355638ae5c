using System.Text;
using Bunit;
using LlmConsole.Components.Console.Cache;
using LlmConsole.Components.Console.Overview;
using LlmConsole.Core;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Components.Console;

/// <summary>The pages of the cache: its figures, its entries, and the threshold lab.</summary>
public sealed class CachePagesTests : ConsoleContext
{
    public CachePagesTests() => Services.AddSingleton<OverviewReader>().AddSingleton<ISecretProtector>(new NoSecrets());

    [Fact]
    public async Task Cache_WithEmbeddings_ShowsWhatTheyCostBesideWhatIsSaved()
    {
        await RecordAsync(DefaultTenant.Id, record => record with { StartedAt = record.StartedAt.AddHours(-2), Cache = CacheVerdict.Semantic, SavedCost = new Usd(3_000_000), SavedTokens = 1_200, EmbeddingTokens = 800, EmbeddingCost = new Usd(16_000) });

        var page = Render<CachePage>();

        page.WaitForAssertion(() => page.FindAll(".tile").Select(tile => tile.QuerySelector(".tile-label")!.TextContent).ShouldBe(["Hit rate", "Saved", "Saved tokens", "Embeddings"]));
        page.Find(".tile:last-child .tile-value").GetAttribute("title").ShouldBe("$0.000016");
        page.FindAll(".chart h2").Select(title => title.TextContent).ShouldBe(["Hit rate", "Saved", "Saved tokens"]);
        page.Markup.ShouldContain("paid for embeddings");
        page.Find("[data-homes]").TextContent.ShouldContain("There is no Redis to share them with other instances.");
    }

    [Fact]
    public async Task Entries_Opened_ShowPromptMatchAndSimilarityAndAreNoted()
    {
        Keep("req_1", "How do I sort a list in Python?", "Use sorted.");
        var page = Render<EntriesPage>();
        page.Find(".row-name").TextContent.ShouldNotContain("sort");

        page.Find(".row-name").Click();

        page.WaitForAssertion(() => page.Find(".side-drawer").TextContent.ShouldContain("How do I sort a list in Python?"));
        page.Find(".side-drawer").TextContent.ShouldContain("0.912 alike");
        page.Find(".side-drawer").TextContent.ShouldContain("In Python, how can I sort a list?");
        page.Find(".side-drawer").TextContent.ShouldContain("Use sorted.");
        (await AuditAsync()).ShouldContain(entry => entry.Action == "read" && entry.ObjectKind == KeptAnswers.Kind && entry.ObjectId == "req_1");
    }

    [Fact]
    public async Task Entries_Deleted_AreGoneAndNoted()
    {
        Keep("req_1", "one", "a");
        Keep("req_2", "two", "b");
        var page = Render<EntriesPage>();

        page.Find("[aria-label='Delete the answer to req_1']").Click();

        page.WaitForAssertion(() => page.FindAll("tbody tr").Count.ShouldBe(1));
        Services.GetRequiredService<KeptAnswers>().List().ShouldHaveSingleItem().RequestId.ShouldBe("req_2");
        (await AuditAsync()).ShouldContain(entry => entry.Action == "delete" && entry.ObjectId == "req_1");
    }

    [Fact]
    public async Task Entries_ShowPrompts_IsNotedOnce()
    {
        Keep("req_1", "one", "a");
        Keep("req_2", "two", "b");
        var page = Render<EntriesPage>();

        page.FindAll(".toolbar button").Single().Click();

        page.WaitForAssertion(() => page.FindAll(".row-name").Select(name => name.TextContent).ShouldBe(["one", "two"], ignoreOrder: true));
        (await AuditAsync()).Count(entry => entry.ObjectKind == KeptAnswers.Kind).ShouldBe(1);
    }

    [Fact]
    public void Entries_ForAViewer_CantBeOpened()
    {
        Keep("req_1", "one", "a");
        SignIn(LlmConsole.Authentication.Access.View);

        var page = Render<EntriesPage>();

        page.Find(".row-name").HasAttribute("disabled").ShouldBeTrue();
        page.FindAll("[aria-label^='Delete']").ShouldBeEmpty();
        page.Markup.ShouldNotContain("Show prompts");
    }

    [Fact]
    public async Task Entries_OnceTheRightsAreGone_NeitherShowNorDelete()
    {
        Keep("req_1", "one", "a");
        var page = Render<EntriesPage>();
        SignIn(LlmConsole.Authentication.Access.View);

        await page.Find("[aria-label='Delete the answer to req_1']").ClickAsync();
        page.Markup.ShouldContain("Your role doesn't allow this.");
        await page.Find(".toolbar button").ClickAsync();

        Services.GetRequiredService<KeptAnswers>().List().ShouldHaveSingleItem();
        page.Find(".row-name").TextContent.ShouldNotBe("one");
        (await AuditAsync()).ShouldNotContain(entry => entry.ObjectKind == KeptAnswers.Kind);
    }

    [Fact]
    public async Task Lab_OnceTheRightsAreGone_NeitherLabelsNorApplies()
    {
        await CollectAsync(("a", 0.81, null));
        var page = Render<LabPage>();
        page.WaitForElement("[name=threshold]").Input("0.9");
        var before = Snapshot.Revision;
        SignIn(LlmConsole.Authentication.Access.View);

        await page.Find(".pair-list").KeyDownAsync("w");
        await page.FindAll("button").Single(button => button.TextContent.Trim() == "Apply 0.90").ClickAsync();

        page.Markup.ShouldContain("Your role doesn't allow this.");
        Snapshot.Revision.ShouldBe(before);
        (await Services.GetRequiredService<CachePairs>().MeasuresAsync(DefaultTenant.Id, DateTimeOffset.UnixEpoch, Cancellation)).ShouldHaveSingleItem().IsRight.ShouldBeNull();
    }

    [Fact]
    public async Task Lab_ThresholdMoved_ChangesTheFiguresBeforeAnythingIsSaved()
    {
        await CollectAsync(("a", 0.95, true), ("b", 0.82, null), ("c", 0.7, null));
        var page = Render<LabPage>();
        page.WaitForAssertion(() => Answered(page).ShouldBe("66.7\u00a0%"));

        page.Find("[name=threshold]").Input("0.9");

        Answered(page).ShouldBe("33.3\u00a0%");
        page.Find("[data-border]").TextContent.ShouldContain("1 within 0.05");
        page.Find(".sweep .chart-plot").GetAttribute("aria-label")!.ShouldContain("at 0.90, 33.3\u00a0% with a measured precision of 100\u00a0%");
        DefaultTenant.Cache.ShouldBeNull();
        (await AuditAsync()).ShouldContain(entry => entry.Action == "read" && entry.ObjectKind == CachePairs.Kind && entry.ObjectId == DefaultTenant.Id);
    }

    [Fact]
    public async Task Lab_Apply_SetsTheThresholdOfTheTenantAndNothingElse()
    {
        await CollectAsync(("a", 0.95, true), ("b", 0.82, null));
        var before = Snapshot.CallerOf(DefaultTenant.Id)!.Cache;
        var page = Render<LabPage>();
        page.WaitForElement("[name=threshold]").Input("0.9");

        page.FindAll("button").Single(button => button.TextContent.Trim() == "Apply 0.90").Click();

        page.WaitForAssertion(() => page.Find(".notice").TextContent.ShouldContain("Applied 0.90."));
        DefaultTenant.Cache.ShouldBe(before with { Semantic = before.Semantic with { Threshold = 0.9 } });
    }

    [Fact]
    public async Task Lab_LabelByKey_IsKeptAndNoted()
    {
        await CollectAsync(("a", 0.81, null));
        var page = Render<LabPage>();

        page.WaitForElement(".pair-list").KeyDown("w");

        page.WaitForAssertion(() => page.Find(".pair-head").TextContent.ShouldContain("wrong"));
        (await Services.GetRequiredService<CachePairs>().MeasuresAsync(DefaultTenant.Id, DateTimeOffset.UnixEpoch, Cancellation)).ShouldHaveSingleItem().IsRight.ShouldBe(false);
        (await AuditAsync()).ShouldContain(entry => entry.Action == "label" && entry.ObjectKind == CachePairs.Kind);
    }

    [Fact]
    public void Lab_Upload_IsSweptByWording()
    {
        var page = Render<LabPage>();
        const string File = """
            {"a":"How do I sort a list in Python?","b":"In Python, how can I sort a list?","label":true}
            {"a":"How do I sort a list in Python?","b":"How do I not sort a list in Python?","label":false}
            """;

        page.WaitForComponent<InputFile>().UploadFiles(InputFileContent.CreateFromText(File, "pairs.jsonl"));

        page.WaitForAssertion(() => page.Markup.ShouldContain("pairs.jsonl"));
        Answered(page).ShouldBe("50\u00a0%");
        page.Markup.ShouldContain("1 of 2 pairs are held back by a guard at any threshold");
    }

    [Fact]
    public void Lab_UploadOfSomethingElse_SaysWhichLine()
    {
        var page = Render<LabPage>();

        page.WaitForComponent<InputFile>().UploadFiles(InputFileContent.CreateFromText("{\"a\":\"x\",\"b\":\"y\"}\nnonsense", "pairs.jsonl"));

        page.WaitForAssertion(() => page.Find(".notice-bad").TextContent.ShouldContain("Line 2"));
    }

    [Fact]
    public async Task Lab_ForAViewer_MeasuresWithoutShowingTexts()
    {
        await CollectAsync(("secret a", 0.95, true));
        SignIn(LlmConsole.Authentication.Access.View);

        var page = Render<LabPage>();

        page.WaitForAssertion(() => Answered(page).ShouldBe("100\u00a0%"));
        page.Markup.ShouldNotContain("secret a");
        (await AuditAsync()).ShouldNotContain(entry => entry.ObjectKind == CachePairs.Kind);
    }

    private static string Answered(IRenderedComponent<LabPage> page) => page.Find(".tile .tile-value").TextContent;

    private void Keep(string requestId, string prompt, string answer)
    {
        var key = CacheKey.From(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(requestId)));
        var now = Time.GetUtcNow();
        var cache = Services.GetRequiredService<AnswerCache>();
        cache.Memory.Store(key, new CachedAnswer
        {
            RequestId = requestId, TenantId = DefaultTenant.Id, Model = "m", Usage = new TokenUsage(1, 0, 1, 0), StoredAt = now, ExpiresAt = now.AddHours(1), Prompt = prompt,
            Completion = Encoding.UTF8.GetBytes($$$"""{"choices":[{"message":{"content":"{{{answer}}}"}}]}"""),
        });
        cache.Memory.Given(key, new EntryMatch("req_9", "In Python, how can I sort a list?", 0.912, now));
    }

    private async Task CollectAsync(params (string Prompt, double Similarity, bool? IsRight)[] pairs)
    {
        await using var db = await Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(Cancellation);
        foreach (var (prompt, similarity, isRight) in pairs)
        {
            db.Add(new CachePair
            {
                Id = Ids.New("pair", Time), TenantId = DefaultTenant.Id, At = Time.GetUtcNow(), RequestId = "req_1", Model = "m", Embedder = "lexical-1", Prompt = prompt, NearPrompt = "near", Similarity = similarity,
                Answer = "x", NearAnswer = "y", AnswerSimilarity = 0.5, Cost = new Usd(10), IsRight = isRight,
            });
        }

        await db.SaveChangesAsync(Cancellation);
    }
}
