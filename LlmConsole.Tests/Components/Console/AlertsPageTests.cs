using Bunit;
using LlmConsole.Components.Console.Alerts;
using LlmConsole.Components.Console.Overview;
using LlmConsole.Components.Layout;
using LlmConsole.Core.Alerts;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering.Live;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Webhooks;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;

namespace LlmConsole.Tests.Components.Console;

public sealed class AlertsPageTests : ConsoleContext
{
    private static readonly AlertRule Rule = new() { Id = "rule_1", Name = "Many errors", Kind = AlertKind.ErrorRate, Threshold = 5 };

    [Fact]
    public async Task UsualRules_OfAnEmptyPage_AreCreatedAtOnceAndAudited()
    {
        var page = Render<AlertsPage>();
        page.Find(".empty-state").TextContent.ShouldContain("No rules yet");

        await page.Find(".empty-state .button-primary").ClickAsync();

        Snapshot.AlertRules.Count.ShouldBe(AlertTemplate.All.Count);
        page.WaitForAssertion(() => page.FindAll("tbody tr").Count.ShouldBe(AlertTemplate.All.Count));
        page.Find("section").TextContent.ShouldContain("Nothing is firing");
        page.Markup.ShouldContain("a target failed so often that the gateway leaves it alone");
        page.FindAll(".sentence-cell").ShouldContain(cell => cell.TextContent.Contains("longer than 30.0\u00a0s", StringComparison.Ordinal));
        (await AuditAsync()).Count(entry => entry.ObjectKind == "alert-rule" && entry.ActorName == "ada@example.com").ShouldBe(AlertTemplate.All.Count);
    }

    [Fact]
    public async Task Alerts_ThatLast_StandAboveLaterOnesThatAreOver()
    {
        var now = Time.GetUtcNow();
        await using (var db = await Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(Cancellation))
        {
            var lasting = new Alert { Id = "alr_00", RuleId = "rule_1", RuleName = "Lasting", Kind = AlertKind.ErrorRate, Sentence = "It is so.", FiredAt = now.AddDays(-3), LastSeenAt = now, OpenKey = "rule_1|m" };
            db.Add(lasting);
            db.AddRange(Enumerable.Range(10, 60).Select(i => lasting with { Id = $"alr_{i}", RuleName = "Over", OpenKey = null, FiredAt = now.AddDays(-1), ResolvedAt = now.AddHours(-1) }));
            await db.SaveChangesAsync(Cancellation);
        }

        var page = Render<AlertsPage>();

        page.WaitForAssertion(() => page.FindAll("tbody tr").Count.ShouldBe(51));
        page.Find("tbody tr").TextContent.ShouldContain("Lasting");
        page.Find(".section-head").TextContent.ShouldContain("1 firing");
        page.FindAll(".list-foot a").ShouldHaveSingleItem().GetAttribute("href").ShouldBe("/admin/alerts?before=alr_20");
    }

    [Fact]
    public async Task Alerts_ThatCallsRaised_LeadToThem()
    {
        var began = Time.GetUtcNow();
        await Services.GetRequiredService<ConfigurationEditor>().SaveAsync(Actor.System, Change.Put(Rule with { Id = "rule_slow", Kind = AlertKind.Latency, Threshold = 1500 }), Cancellation);
        var alert = new Alert { Id = "alr_1", RuleId = "rule_slow", RuleName = "Slow", Kind = AlertKind.Latency, Sentence = "The slowest 5 % of model it's/new's calls took 2.0 s or longer in the last five minutes.", FiredAt = began, LastSeenAt = began, OpenKey = "rule_slow|it's/new" };
        await using (var db = await Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(Cancellation))
        {
            db.AddRange(
                alert, alert with { Id = "alr_2", Kind = AlertKind.ErrorRate, Sentence = "12 of 20 calls of model m failed in the last five minutes (60 %).", OpenKey = null, ResolvedAt = began.AddMinutes(9) },
                alert with { Id = "alr_3", Kind = AlertKind.SpendVelocity, TenantId = "ten_a", Sentence = "Acme spent $2.00 in the last hour, and nothing on the day before.", OpenKey = "3" },
                alert with { Id = "alr_4", Kind = AlertKind.StoreDegraded, Sentence = "The store redis doesn't answer as it should.", OpenKey = "4" });
            await db.SaveChangesAsync(Cancellation);
        }

        string[] expected =
        [
            "/admin/requests?served=it%27s%2Fnew&latency=%3E1500ms&from=2026-11-23T11%3A55%3A00Z", "/admin/requests?served=m&is=error&from=2026-11-23T11%3A55%3A00Z&to=2026-11-23T12%3A09%3A00Z",
            "/admin/requests?tenant=ten_a&from=2026-11-23T11%3A00%3A00Z",
        ];
        Links(Render<AlertsPage>().WaitForElements(".sentence-cell a")).ShouldBe(expected, ignoreOrder: true);
        var bell = Render<AlertBell>();
        await bell.Find(".icon-button").ClickAsync();
        Links(bell.FindAll("li a")).Distinct().ShouldBe(expected, ignoreOrder: true);

        static IEnumerable<string?> Links(IEnumerable<AngleSharp.Dom.IElement> links) => links.Select(link => link.GetAttribute("href"));
    }

    [Fact]
    public async Task SendTest_FromTheTemplate_ShowsTheDeliveryInline()
    {
        await using var receiver = await ScriptedProvider.StartAsync();
        receiver.Otherwise = Play.Json("no such channel", 404);
        await Services.GetRequiredService<WebhookEdits>().CreateAsync(Actor.System, new WebhookDraft(null, $"{receiver.BaseUrl}/services/x", WebhookFormat.Slack, ["alert.*"]), Cancellation);
        var dialogs = Dialogs();
        await OpenAsync(dialogs, new DialogParameters<AlertRuleDialog>());
        dialogs.Find("[name=kind]").Change("6");
        dialogs.Find("[name=name]").GetAttribute("value").ShouldBe("Target down");

        dialogs.FindAll("button").First(button => button.TextContent.Trim() == "Send test").Click();

        dialogs.WaitForAssertion(() => dialogs.Find(".notice-bad").TextContent.ShouldContain("Answered 404"));
        dialogs.Find(".notice-bad pre").TextContent.ShouldBe("no such channel");
        receiver.Requests.ShouldHaveSingleItem().Text.ShouldBe("""{"text":"Target down: This is a test; nothing is wrong."}""");
        await dialogs.Find("form").SubmitAsync();
        Snapshot.AlertRules.Values.ShouldHaveSingleItem().Kind.ShouldBe(AlertKind.TargetDown);
    }

    [Fact]
    public async Task Endpoints_ThatARuleNames_AreChosenAmongThoseThatMayBeTold()
    {
        var edits = Services.GetRequiredService<WebhookEdits>();
        var gateways = (await edits.CreateAsync(Actor.System, new WebhookDraft(null, "http://127.0.0.1/a", WebhookFormat.Standard, ["job.*"]), Cancellation)).Endpoint;
        var tenants = (await edits.CreateAsync(Actor.System, new WebhookDraft(Snapshot.Tenants.Values.First().Id, "http://127.0.0.2/b", WebhookFormat.Standard, ["job.*"]), Cancellation)).Endpoint;
        var dialogs = Dialogs();
        await OpenAsync(dialogs, new DialogParameters<AlertRuleDialog>());
        dialogs.FindAll("[name=webhook]").ShouldHaveSingleItem().GetAttribute("value").ShouldBe(gateways.Id);
        dialogs.Markup.ShouldContain("None chosen: all that take alerts.");

        dialogs.Find("[name=tenant]").Change(tenants.TenantId);
        dialogs.Find($"[name=webhook][value={tenants.Id}]").Change(true);
        dialogs.Markup.ShouldContain("Only these, whatever events they take otherwise.");
        await dialogs.Find("form").SubmitAsync();

        Snapshot.AlertRules.Values.ShouldHaveSingleItem().Webhooks.ShouldBe([tenants.Id]);
        Render<AlertsPage>().FindAll("tbody td").Select(cell => cell.TextContent.Trim()).ShouldContain(tenants.Name);
    }

    [Fact]
    public async Task Threshold_ThatIsNoNumberOrTooHigh_SaysSoAtTheField()
    {
        var dialogs = Dialogs();
        await OpenAsync(dialogs, new DialogParameters<AlertRuleDialog>());

        foreach (var (text, error) in new[] { ("abc", "Enter a number"), ("5000", "between 1 and 1,000 %") })
        {
            dialogs.Find("[name=threshold]").Change(text);
            await dialogs.Find("form").SubmitAsync();
            dialogs.WaitForAssertion(() => dialogs.Find(".error-text").TextContent.ShouldContain(error));
        }

        Snapshot.AlertRules.ShouldBeEmpty();
    }

    [Fact]
    public async Task Bell_OfAnAlert_CountsWithoutReload_AndOpeningResetsTheCount()
    {
        var bell = Render<AlertBell>();
        bell.FindAll(".bell-count").ShouldBeEmpty();

        await FireAsync("m", "n");
        Time.Advance(TimeSpan.FromSeconds(3));
        bell.WaitForAssertion(() => bell.Find(".bell-count").TextContent.ShouldBe("2"));
        bell.Find(".icon-button").GetAttribute("aria-label").ShouldBe("Alerts, 2 new");
        await bell.Find(".icon-button").ClickAsync();

        bell.WaitForAssertion(() => bell.FindAll(".bell-count").ShouldBeEmpty());
        bell.FindAll(".bell-panel li").Count.ShouldBe(2);
        Render<AlertBell>().FindAll(".bell-count").ShouldBeEmpty();

        Time.Advance(AlertBook.ResolveAfter);
        await FireAsync();
        Time.Advance(TimeSpan.FromSeconds(3));
        bell.WaitForAssertion(() => bell.FindAll(".bell-panel li").Count.ShouldBe(4));
        bell.Find(".bell-panel li").TextContent.ShouldContain("Resolved: Many errors");
    }

    [Fact]
    public async Task Bell_ManyAlerts_IsCappedAndEachCanBeDismissed()
    {
        await FireAsync([.. Enumerable.Range(0, 30).Select(i => $"m{i}")]);
        var bell = Render<AlertBell>();
        bell.Find(".bell-count").TextContent.ShouldBe("20+");
        await bell.Find(".icon-button").ClickAsync();
        bell.FindAll(".bell-panel li").Count.ShouldBe(AlertQueries.BellEntries);

        await bell.Find(".bell-head button").ClickAsync();
        await bell.Find(".bell-panel li .icon-button").ClickAsync();

        bell.WaitForAssertion(() => bell.FindAll(".bell-panel li").Count.ShouldBe(9));
        (await Services.GetRequiredService<AlertQueries>().BellAsync("usr_another", Cancellation)).Entries.Count.ShouldBe(AlertQueries.BellEntries);
    }

    [Fact]
    public async Task Overview_OfAnAlert_MarksItOnEachChartWithoutReload()
    {
        await Services.GetRequiredService<LiveMetrics>().StartAsync(Cancellation);
        var overview = Render<OverviewPage>();
        var charts = overview.WaitForElements(".chart").Count;
        overview.FindAll(".chart-mark.chart-mark-trouble").ShouldBeEmpty();

        await FireAsync("m");
        for (var second = 0; second < 5; second++) Time.Advance(TimeSpan.FromSeconds(1));

        overview.WaitForAssertion(() => overview.FindAll(".chart-mark.chart-mark-trouble").Count.ShouldBe(charts));
        overview.FindAll(".chart-mark.chart-mark-end").ShouldBeEmpty();
        overview.Find(".chart-plot").GetAttribute("aria-label")!.ShouldContain("Alert: Many errors. Calls of m failed.");
        Time.Advance(AlertBook.ResolveAfter);
        await FireAsync();
        var later = Render<OverviewPage>();
        later.WaitForAssertion(() => later.FindAll(".chart-mark.chart-mark-end").Count.ShouldBe(charts));
    }

    private protected override void AddServices(IServiceCollection services) => services.AddSingleton<OverviewReader>().AddSingleton<LiveFeeds>();

    private Task FireAsync(params string[] subjects) =>
        Services.GetRequiredService<AlertBook>().ApplyAsync(Rule, [.. subjects.Select(subject => new Condition(subject, null, $"Calls of {subject} failed."))], Cancellation);
}
