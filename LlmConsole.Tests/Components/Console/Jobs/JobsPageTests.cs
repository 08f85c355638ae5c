using Bunit;
using Bunit.TestDoubles;
using LlmConsole.Authentication;
using LlmConsole.Components.Console.Jobs;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Webhooks;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Components.Console.Jobs;

public sealed class JobsPageTests : ConsoleContext
{
    private BunitNavigationManager Navigation => Services.GetRequiredService<BunitNavigationManager>();

    private JobBoard Board => Services.GetRequiredService<JobBoard>();

    [Fact]
    public async Task List_ByState_FollowsWhatHappens()
    {
        await AddAsync("job_1", JobState.Failed, failed: 3);
        await AddAsync("job_2", JobState.Running, total: 4, succeeded: 1);
        var page = Render<JobsPage>();

        page.FindAll("tbody tr").Count.ShouldBe(2);
        Count(page, "Failed").ShouldBe("1");
        await AddAsync("job_3", JobState.Failed, failed: 3);
        Time.Advance(TimeSpan.FromSeconds(2));

        page.WaitForAssertion(() => Count(page, "Failed").ShouldBe("2"));
        Navigation.NavigateTo("/admin/jobs?state=failed");
        page.WaitForAssertion(() => page.FindAll("tbody tr .name").Select(name => name.GetAttribute("title")).ShouldBe(["job_3", "job_1"]));
        Navigation.NavigateTo("/admin/jobs?state=expired");
        page.WaitForAssertion(() => page.Find(".empty-state a").GetAttribute("href").ShouldBe("/admin/jobs"));
    }

    [Fact]
    public async Task Retry_OfOneAndOfAll_ChangesTheirStateAndIsAudited()
    {
        for (var i = 1; i <= 3; i++) await AddAsync($"job_{i}", JobState.Failed, failed: 3);
        var dialogs = Dialogs();
        Navigation.NavigateTo("/admin/jobs?state=failed");
        var page = Render<JobsPage>();

        await page.Find("button[aria-label='Retry job_2']").ClickAsync(new());
        page.WaitForAssertion(() => page.Find(".notice").TextContent.ShouldContain("1 job queued again"));
        (await Board.FindAsync("job_2", Cancellation))!.State.ShouldBe(JobState.Queued);
        page.FindAll("button").Single(button => button.TextContent == "Retry all failed").Click();
        dialogs.WaitForElement("form").Submit();

        page.WaitForAssertion(() => page.Find(".notice").TextContent.ShouldContain("2 jobs queued again"));
        (await Board.CountsAsync(null, Cancellation)).ShouldBe(new Dictionary<JobState, int> { [JobState.Queued] = 3 });
        var entries = (await AuditAsync()).Where(entry => entry.Action == "job.retry").ToList();
        entries.Select(entry => (entry.ObjectName, entry.ActorName, entry.Address)).ShouldBe([("2 jobs", "ada@example.com", "192.0.2.7"), ("job_2", "ada@example.com", "192.0.2.7")], ignoreOrder: true);
        entries.Single(entry => entry.ObjectName == "2 jobs").After!.ShouldContain("job_3");
    }

    [Fact]
    public async Task Cancel_OfTheSelected_LeavesTheOthers_AndOfAllAsksForAWord()
    {
        for (var i = 1; i <= 3; i++) await AddAsync($"job_{i}", JobState.Queued);
        var dialogs = Dialogs();
        Navigation.NavigateTo("/admin/jobs?state=queued");
        var page = Render<JobsPage>();

        page.Find("input[aria-label='Select job_1']").Change(true);
        page.FindAll("button").Single(button => button.TextContent == "Cancel selected (1)").Click();

        page.WaitForAssertion(() => page.FindAll("tbody tr").Count.ShouldBe(2));
        (await Board.FindAsync("job_1", Cancellation))!.State.ShouldBe(JobState.Cancelled);
        page.FindAll("button").Single(button => button.TextContent == "Cancel all queued").Click();
        dialogs.WaitForElement("button[type=submit]").HasAttribute("disabled").ShouldBeTrue();
        dialogs.Find("input[type=text]").Input("queued");
        dialogs.Find("form").Submit();
        page.WaitForAssertion(() => page.Find(".notice").TextContent.ShouldContain("2 jobs cancelled"));
        (await Board.CountsAsync(DefaultTenant.Id, Cancellation))[JobState.Cancelled].ShouldBe(3);
    }

    [Fact]
    public async Task List_ForAViewer_OffersNoChange()
    {
        await AddAsync("job_1", JobState.Failed, failed: 3);
        SignIn(Access.View);

        var page = Render<JobsPage>();

        page.FindAll("button, input, .page-actions a").ShouldBeEmpty();
    }

    [Fact]
    public async Task Detail_OfAJob_ShowsItsRequestsTheirCallsAndOnDemandTheirTexts()
    {
        await AddAsync("job_1", JobState.Failed, total: 2, failed: 1, succeeded: 1);
        await RecordAsync(DefaultTenant.Id, record => record with { RequestId = "job_1_0_1", DurationMs = 1_234 });
        await RecordAsync(DefaultTenant.Id, record => record with { RequestId = "job_1_1_1", Outcome = Outcome.Failed, Status = 502, ErrorCode = "upstream_error" });
        var page = Render<JobDetailPage>(parameters => parameters.Add(part => part.Id, "job_1"));

        page.Find("tbody tr").TextContent.ShouldContain("1.2\u00a0s");
        page.FindAll("tbody tr")[1].TextContent.ShouldContain("The provider failed with status 500.");
        page.Markup.ShouldNotContain("Which words");
        page.FindAll("tbody tr")[0].Click();
        page.WaitForElement(".side-drawer .job-call-head a").GetAttribute("href").ShouldBe("/admin/requests?call=job_1_0_1");
        page.FindAll(".side-drawer button").Single(button => button.TextContent == "Show request and result").Click();

        page.WaitForAssertion(() => page.Find(".side-drawer").TextContent.ShouldContain("Which words"));
        page.Find(".side-drawer").TextContent.ShouldContain("None of them.");
        (await AuditAsync()).Single(entry => entry.Action == "job.read").ShouldSatisfyAllConditions(entry => entry.ObjectId.ShouldBe("job_1"), entry => entry.After!.ShouldContain("ticket-1000"));
        await DeliverAsync("job_1");
        Time.Advance(TimeSpan.FromSeconds(2));
        page.WaitForAssertion(() => page.Find("[aria-labelledby=deliveries] tbody tr").TextContent.ShouldContain("job.failed"));
        page.FindAll(".page-actions a").Single().GetAttribute("href").ShouldBe("/admin/v1/jobs/job_1/results");
        page.FindAll("button").Single(button => button.TextContent == "Retry 1").Click();
        page.WaitForAssertion(() => page.Find(".page-header .status").TextContent.ShouldBe("queued"));
    }

    [Fact]
    public async Task Detail_OfAJobThatReachedALimit_SaysWhenItGoesOn_AndWhetherThatIsTooLate()
    {
        await AddAsync("job_1", JobState.Queued, with: job => job with { NotBefore = Time.GetUtcNow().AddHours(5), ExpiresAt = Time.GetUtcNow().AddDays(1), ErrorCode = "insufficient_quota", Error = "Acme has 0 requests left." });
        await AddAsync("job_2", JobState.Queued, with: job => job with { NotBefore = Time.GetUtcNow().AddDays(3), ExpiresAt = Time.GetUtcNow().AddDays(1) });

        var inTime = Render<JobDetailPage>(parameters => parameters.Add(part => part.Id, "job_1"));
        var tooLate = Render<JobDetailPage>(parameters => parameters.Add(part => part.Id, "job_2"));

        inTime.FindAll(".tile-value")[^1].TextContent.ShouldBe("in 5\u00a0h");
        inTime.FindAll(".notice-warn, .notice-bad").ShouldBeEmpty();
        inTime.FindAll(".facts dd").Select(fact => fact.TextContent).ShouldContain("Acme has 0 requests left.");
        inTime.FindAll(".facts dd").Select(fact => fact.TextContent).ShouldContain("2026-11-23 17:00:00 UTC");
        tooLate.Find(".notice-warn").TextContent.ShouldContain("given up before its limit has room again");
    }

    [Fact]
    public async Task Delivery_OfAJob_OpensWhereItCanBeSentAgain()
    {
        await AddAsync("job_1", JobState.Failed, failed: 3);
        await DeliverAsync("job_1");
        var page = Render<JobDetailPage>(parameters => parameters.Add(part => part.Id, "job_1"));

        page.Find("[aria-labelledby=deliveries] tbody tr").Click();

        Navigation.Uri.ShouldEndWith("/admin/webhooks/whk_gone?delivery=dlv_job_1");
    }

    [Fact]
    public async Task Form_OfABatch_SaysWhatItMayCostBeforeItStarts()
    {
        var page = Render<NewJobPage>();
        page.Find("form").Submit();
        page.Find(".field [name=tenant]").GetAttribute("aria-invalid").ShouldBe("true");
        page.Find("[name=tenant]").Change(DefaultTenant.Id);
        page.Find("[name=work]").Change("{\"body\":{}}");
        page.Find("form").Submit();
        page.WaitForAssertion(() => page.Find(".error-text").TextContent.ShouldContain("requests[0].body"));

        page.FindComponent<InputFile>().UploadFiles(InputFileContent.CreateFromText("""
            {"custom_id":"a","body":{"model":"simulator/echo","messages":[{"role":"user","content":"one"}]}}
            {"custom_id":"b","body":{"model":"simulator/echo","messages":[{"role":"user","content":"two"}]}}
            """, "batch.jsonl"));
        page.Find("[name=task]").Change("nightly");
        page.WaitForAssertion(() => page.Find(".chip").TextContent.ShouldContain("batch.jsonl"));
        page.Find("form").Submit();
        page.WaitForAssertion(() => page.Find("[aria-labelledby=estimate] .tile-value").TextContent.ShouldBe("2"));
        (await Board.CountsAsync(null, Cancellation)).ShouldBeEmpty();

        page.Find("form").Submit();

        page.WaitForAssertion(() => Navigation.Uri.ShouldContain("/admin/jobs/job_"));
        var job = (await Board.PageAsync(new JobFilter(), 10, null, Cancellation)).Jobs.ShouldHaveSingleItem();
        (job.Total, job.Task, job.TenantId, job.State).ShouldBe((2, "nightly", DefaultTenant.Id, JobState.Queued));
        (await AuditAsync()).Single(entry => entry.Action == "job.submit").ObjectId.ShouldBe(job.Id);
    }

    [Fact]
    public async Task Form_OfAPipeline_BeginsWithAnExample()
    {
        var page = Render<NewJobPage>();
        page.Find("[name=tenant]").Change(DefaultTenant.Id);
        page.Find("[name=type]").Change("extract");
        page.Find("[name=spendLimitUsd]").Change("much");
        page.Find("form").Submit();
        page.WaitForAssertion(() => page.Find("[name=spendLimitUsd]").GetAttribute("aria-invalid").ShouldBe("true"));

        page.Find("[name=spendLimitUsd]").Change("1.50");
        page.Find("form").Submit();
        page.WaitForElement("[aria-labelledby=estimate]");
        page.Find("form").Submit();

        page.WaitForAssertion(() => Navigation.Uri.ShouldContain("/admin/jobs/job_"));
        var job = (await Board.PageAsync(new JobFilter(), 10, null, Cancellation)).Jobs.ShouldHaveSingleItem();
        (job.Type, job.Pipeline, job.Total, job.SpendLimitNanos).ShouldBe((JobType.Pipeline, "extract", 1, 1_500_000_000));
    }

    private static string Count(IRenderedComponent<JobsPage> page, string state) => page.FindAll(".tabs a").Single(tab => tab.TextContent.StartsWith(state, StringComparison.Ordinal)).QuerySelector(".count")!.TextContent;

    private async Task DeliverAsync(string jobId)
    {
        await using var db = await Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(Cancellation);
        var now = Time.GetUtcNow();
        db.Add(new Delivery { Id = $"dlv_{jobId}", MessageId = $"msg_{jobId}", EndpointId = "whk_gone", EventType = "job.failed", SubjectId = jobId, Body = "{}"u8.ToArray(), State = DeliveryState.Pending, NextAt = now, LeaseUntil = now, CreatedAt = now });
        await db.SaveChangesAsync(Cancellation);
    }

    private Task<Job> AddAsync(string id, JobState state, int total = 3, int succeeded = 0, int failed = 0, Func<Job, Job>? with = null) =>
        SampleJobs.AddAsync(Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>(), id, DefaultTenant.Id, state, Time.GetUtcNow().AddMinutes(-5), total, succeeded, failed, with);
}
