using System.Net.WebSockets;
using System.Text;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Journeys;
using LlmConsole.Tests.Metering;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmConsole.Tests.Hosting;

/// <summary>Three instances behind nginx are restarted one after the other while clients call, a job runs, a viewer watches the live metrics, and a page is open.</summary>
[Collection(Alone.Name)]
public sealed class RollingRestartTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private const int Instances = 3;
    private const int Items = 1_500;

    /// <summary>A stream goes on when so many other requests have come after it: some are always under way.</summary>
    private const int LongStream = 60;

    private const int Tries = 4;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Restart_OfOneInstanceAfterTheOther_FailsNobody_AndTheBooksHaveEachCallOnce()
    {
        await using var deployment = await Deployment.StartAsync(postgres, Instances);
        var over = new TaskCompletionSource();
        deployment.Provider.Otherwise = Slow(deployment.Provider, over.Task);
        await using var browser = await SignInAsync(deployment);
        var load = new Load(deployment);
        var calling = load.RunAsync();
        using var http = deployment.Client(deployment.Key);
        var job = await SubmitAsync(http);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var snapshots = WatchAsync(deployment, watching.Token);

        for (var instance = 0; instance < Instances; instance++) (await deployment.RestartAsync(instance)).ShouldBe(0);

        await browser.WalkAsync(StillWorksAsync);
        var finished = await new JobClient(http).EndAsync(job);
        load.End();
        over.SetResult();
        await calling;
        await watching.CancelAsync();
        load.Failed.ShouldBeEmpty(deployment.ProxyErrors);
        (finished.Status(), finished.Counts()).ShouldBe(("succeeded", (Items, Items, 0)));
        (await snapshots).ShouldBeGreaterThan(1);
        await BooksHoldAsync(deployment, load);
    }

    private static async Task BooksHoldAsync(Deployment deployment, Load load)
    {
        var (records, rollups) = await deployment.BooksAsync();
        records.ShouldAllBe(record => record.Outcome == Outcome.Answered);
        records.Where(record => record.Task is not null).Select(record => record.Task).Order().ShouldBe(load.Complete.Order());
        records.Count(record => record.RequestId.StartsWith("job_", StringComparison.Ordinal)).ShouldBe(Items);
        Reconciliation.Holds(records, rollups);
        var asked = deployment.Provider.Requests.GroupBy(request => request.Json.GetProperty("messages")[0].GetProperty("content").GetString()).ToList();
        asked.ShouldAllBe(label => label.Count() == 1);
        asked.Count.ShouldBe(records.Count(record => record.ModelServed == Deployment.Model));
    }

    /// <summary>Answers at once, but streams stop half-way until others were asked for.</summary>
    private static Behaviour Slow(ScriptedProvider provider, Task over)
    {
        var answer = Play.Answer("Hello.");
        return context =>
        {
            var request = context.Features.GetRequiredFeature<ReceivedRequest>();
            if (!request.Json.TryGetProperty("stream", out var stream) || !stream.GetBoolean()) return answer(context);
            var later = Task.WhenAny(provider.RequestsAsync(provider.Requests.Count + LongStream), over);
            return Play.Stream(Sse.Role(), Sse.Delta("Hel"), later, Sse.Delta("lo."), Sse.Finish(), Sse.Usage(5, 2), Sse.Done)(context);
        };
    }

    private static async Task<string> SubmitAsync(HttpClient http)
    {
        var lines = string.Join("\n", Enumerable.Range(0, Items).Select(i => $$$"""{"custom_id":"{{{i:D4}}}","body":{"model":"{{{Deployment.Model}}}","messages":[{"role":"user","content":"item {{{i}}}"}]}}"""));
        var (_, job, _) = await new JobClient(http).SubmitAsync(lines, "application/jsonl");
        return job.GetProperty("id").GetString()!;
    }

    /// <summary>Connects to the hub, and again whenever the connection ends; how often it was sent the snapshot.</summary>
    private static async Task<int> WatchAsync(Deployment deployment, CancellationToken cancellation)
    {
        var snapshots = 0;
        while (!cancellation.IsCancellationRequested)
        {
            using var socket = new ClientWebSocket();
            socket.Options.SetRequestHeader("Authorization", $"Bearer {deployment.AdminKey}");
            try
            {
                await socket.ConnectAsync(new UriBuilder(deployment.Address) { Scheme = "ws", Path = "/hubs/live" }.Uri, cancellation);
                await socket.SendAsync(Encoding.UTF8.GetBytes("{\"protocol\":\"json\",\"version\":1}\u001e"), WebSocketMessageType.Text, true, cancellation);
                var buffer = new byte[65_536];
                while (socket.State == WebSocketState.Open)
                {
                    var received = await socket.ReceiveAsync(buffer, cancellation);
                    if (Encoding.UTF8.GetString(buffer, 0, received.Count).Contains("\"target\":\"snapshot\"", StringComparison.Ordinal)) snapshots++;
                }
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException)
            {
                // It connects again, or is over.
            }
        }

        return snapshots;
    }

    private static async Task<Browser> SignInAsync(Deployment deployment)
    {
        var browser = await Browser.StartAsync(deployment.Address);
        await browser.WalkAsync(async page =>
        {
            await page.GotoAsync("/account/sign-in");
            await page.GetByLabel("E-mail address").FillAsync(Deployment.Email);
            await page.GetByLabel("Password").FillAsync(Deployment.Password);
            await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign in" }).ClickAsync();
            await page.WaitForURLAsync("**/admin");
            await page.GotoAsync("/chat");
            await page.Locator("[data-composer]").WaitForAsync();
        });
        return browser;
    }

    /// <summary>Nobody touched the page since: a question typed into it is answered; asked again where the page was just being loaded.</summary>
    private static async Task StillWorksAsync(IPage page)
    {
        for (var tries = 1; ; tries++)
        {
            await page.Locator("[data-composer]").FillAsync("are you there?");
            await page.Locator("[data-composer]").PressAsync("Enter");
            try
            {
                await Expect(page.Locator(".thread")).ToContainTextAsync("Hello.", new LocatorAssertionsToContainTextOptions { Timeout = 10_000 });
                return;
            }
            catch (PlaywrightException) when (tries < Tries)
            {
                // What was typed into a page that then was loaded again is gone.
            }
        }
    }
}
