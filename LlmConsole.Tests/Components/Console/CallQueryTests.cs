using Bunit;
using Bunit.TestDoubles;
using LlmConsole.Components.Console.Requests;
using LlmConsole.Core.Metering;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Components.Console;

public sealed class CallQueryTests : ConsoleContext
{
    private BunitNavigationManager Navigation => Services.GetRequiredService<BunitNavigationManager>();

    [Theory]
    [InlineData("status:429 model:x latency:>2s")]
    [InlineData("tenant:Default outcome:refused cache:exact is:cached")]
    [InlineData("task:\"two words\" served:m latency:>500ms")]
    public void Text_OfWhatWasRead_IsTheSameSet(string line)
    {
        var values = CallQuery.Read(line, Snapshot);

        CallQuery.Text(values, Snapshot).Split(' ').ShouldBe(line.Split(' '), ignoreOrder: true);
    }

    [Theory]
    [InlineData("color:red", "color is no qualifier.")]
    [InlineData("status:many", "Write a status as a number, such as status:429.")]
    [InlineData("latency:2", "Write a latency such as latency:>2s or latency:>500ms.")]
    [InlineData("outcome:fine", "outcome:fine is unknown.")]
    [InlineData("is:odd", "is:odd is unknown. There are error, cached.")]
    [InlineData("tenant:Nobody", "There is no tenant Nobody.")]
    public void Read_WhatCannotBe_SaysWhatToWrite(string line, string message) =>
        Should.Throw<FormatException>(() => CallQuery.Read(line, Snapshot)).Message.ShouldStartWith(message);

    [Theory]
    [InlineData(">2s", 2_000.0)]
    [InlineData(">1.5s", 1_500.0)]
    [InlineData(">500ms", 500.0)]
    [InlineData(">1m", 60_000.0)]
    [InlineData("2s", null)]
    [InlineData(null, null)]
    public void Milliseconds_OfALatency_AreRead(string? text, double? milliseconds) => CallQuery.Milliseconds(text).ShouldBe(milliseconds);

    [Theory]
    [InlineData("is:error", "broken", "failed")]
    [InlineData("is:cached", "alike", "same")]
    public async Task Query_OfATrait_LeavesWhatChartsCount(string line, params string[] models)
    {
        await RecordAsync(DefaultTenant.Id, record => record with { ModelAsked = "failed", Outcome = Outcome.Failed, Status = 502 });
        await RecordAsync(DefaultTenant.Id, record => record with { ModelAsked = "broken", Outcome = Outcome.Incomplete });
        await RecordAsync(DefaultTenant.Id, record => record with { ModelAsked = "refused", Outcome = Outcome.Refused, Status = 429 });
        await RecordAsync(DefaultTenant.Id, record => record with { ModelAsked = "same", Cache = CacheVerdict.Exact });
        await RecordAsync(DefaultTenant.Id, record => record with { ModelAsked = "alike", Cache = CacheVerdict.Semantic });
        var page = Render<RequestsPage>();
        page.WaitForAssertion(() => page.FindAll("tbody tr").Count.ShouldBe(5));

        page.Find("[aria-label=Query]").Change(line);

        page.WaitForAssertion(() => page.FindAll("tbody td[title].mono").Select(cell => cell.TextContent).Where(model => model != "m").ShouldBe(models, ignoreOrder: true));
    }

    [Fact]
    public async Task Query_OfQualifiers_EqualsTheSameFacets()
    {
        var slow = await RecordAsync(DefaultTenant.Id, record => record with { Status = 429, Outcome = Outcome.Refused, ModelAsked = "x", DurationMs = 2_500 });
        await RecordAsync(DefaultTenant.Id, record => record with { Status = 429, Outcome = Outcome.Refused, ModelAsked = "x", DurationMs = 20 });
        await RecordAsync(DefaultTenant.Id, record => record with { ModelAsked = "x", DurationMs = 2_500 });
        await RecordAsync(DefaultTenant.Id, record => record with { Status = 429, Outcome = Outcome.Refused, ModelAsked = "y", DurationMs = 2_500 });
        var page = Render<RequestsPage>();
        page.WaitForAssertion(() => page.FindAll("tbody tr").Count.ShouldBe(4));

        page.Find("[aria-label=Query]").Change("status:429 model:x latency:>2s");

        page.WaitForAssertion(() => page.FindAll("tbody tr").Count.ShouldBe(1));
        var byQuery = Navigation.Uri;
        byQuery.ShouldContain("status=429");
        byQuery.ShouldContain("model=x");
        page.Find("[aria-label=Status]").GetAttribute("value").ShouldBe("429");
        page.Find("[aria-label=Model]").GetAttribute("value").ShouldBe("x");
        page.Find("[aria-label='Remove the filter Latency: >2s']").ShouldNotBeNull();

        // Another session, with nothing but the URL, shows the same.
        var other = Render<RequestsPage>();
        other.WaitForAssertion(() => other.FindAll("tbody tr").Count.ShouldBe(1));
        other.Find("[aria-label=Query]").GetAttribute("value").ShouldBe("model:x status:429 latency:>2s");
        (await Services.GetRequiredService<UsageQueries>().PageAsync(new UsageFilter { Status = 429, Model = "x", LongerThanMs = 2_000 }, 10, null, Cancellation)).Records.ShouldHaveSingleItem().RequestId.ShouldBe(slow.RequestId);
    }

    [Fact]
    public async Task Facets_Always_CountWhatTheOtherFiltersLeave()
    {
        await RecordAsync(DefaultTenant.Id, record => record with { Status = 429, Outcome = Outcome.Refused, ModelAsked = "x" });
        await RecordAsync(DefaultTenant.Id, record => record with { ModelAsked = "x" });
        await RecordAsync(DefaultTenant.Id, record => record with { ModelAsked = "y" });
        var page = Render<RequestsPage>();
        page.WaitForAssertion(() => Options(page, "Model").ShouldBe(["All models", "x (2)", "y (1)"]));
        Options(page, "Status").ShouldBe(["Every status", "200 (2)", "429 (1)"]);

        page.Find("[aria-label=Status]").Change("200");

        page.WaitForAssertion(() => Options(page, "Model").ShouldBe(["All models", "x (1)", "y (1)"]));
        Options(page, "Status").ShouldBe(["Every status", "200 (2)", "429 (1)"]);
        Options(page, "Outcome").ShouldBe(["Every outcome", "Answered (2)"]);
    }

    [Fact]
    public void Query_NotUnderstood_SaysSoAndKeepsTheFilters()
    {
        var page = Render<RequestsPage>();
        var before = Navigation.Uri;

        page.Find("[aria-label=Query]").Change("color:red");

        page.Find("#query-note").TextContent.ShouldContain("color is no qualifier.");
        Navigation.Uri.ShouldBe(before);
    }

    [Fact]
    public async Task Query_RequestId_OpensIt()
    {
        var record = await RecordAsync(DefaultTenant.Id);
        var page = Render<RequestsPage>();

        page.Find("[aria-label=Query]").Change(record.RequestId);

        page.WaitForAssertion(() => page.Find(".side-drawer").TextContent.ShouldContain(record.RequestId));
    }

    private static IEnumerable<string> Options(IRenderedComponent<RequestsPage> page, string label) => page.FindAll($"[aria-label={label}] option").Select(option => option.TextContent.Trim());
}
