using System.Text;
using System.Text.RegularExpressions;
using LlmConsole.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmConsole.Tests.Journeys;

/// <summary>The only instance is stopped and started again under pages that stay open.</summary>
public sealed class RestartTests
{
    private const string CallsOfTheTable = "() => [...document.querySelectorAll('.chart-table tbody tr')].filter(row => row.cells.length > 2).reduce((sum, row) => sum + Number(row.cells[1].innerText), 0)";

    private static readonly (string, string)[] Settings = [("Bootstrap:AdminEmail", FilledApp.Email), ("Bootstrap:AdminPassword", FilledApp.Password), ("Hosting:DrainSeconds", "0")];

    private static LocatorAssertionsToHaveTextOptions InView => new() { UseInnerText = true, Timeout = 30_000 };

    [Fact]
    public async Task Instance_StoppedAndStarted_IsFollowedByTheOverview_AndADraftIsKept()
    {
        var data = Directory.CreateTempSubdirectory("llmconsole-");
        var first = await RunningApp.StartAsync(null, data.FullName, Settings);
        await using var network = TcpProxy.To(first.BaseAddress.Port);
        await using var browser = await FilledApp.SignInAsync(new UriBuilder(first.BaseAddress) { Port = network.Port }.Uri, "light", 1440);
        var key = await first.IssueKeyAsync();

        await browser.WalkAsync(async overview =>
        {
            await Expect(overview.Locator(".live-chip")).ToHaveTextAsync("Live", InView);
            var chat = await overview.Context.NewPageAsync();
            await chat.GotoAsync("/chat");
            var message = chat.GetByLabel("Message", new PageGetByLabelOptions { Exact = true });
            await Expect(message).ToBeEditableAsync();
            await message.FillAsync("A long thought");
            await CallAsync(first, key, 3);

            network.Cut();
            await first.DisposeAsync();
            await Expect(overview.Locator(".live-chip")).ToHaveTextAsync("Reconnecting", InView);
            await using var second = await RunningApp.StartAsync(null, data.FullName, Settings);
            await CallAsync(second, key, 2);
            network.Join(second.BaseAddress.Port);

            await Expect(overview.Locator(".live-chip")).ToHaveTextAsync("Live", InView);
            await Expect(overview.Locator("#palette")).ToBeAttachedAsync();
            await overview.GetByRole(AriaRole.Button, new PageGetByRoleOptions { NameRegex = new Regex("^Show Requests as table$") }).ClickAsync();
            await overview.WaitForFunctionAsync(CallsOfTheTable + " === 5");

            await Expect(chat.Locator("#components-reconnect-modal")).ToContainTextAsync("must be loaded again");
            await chat.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Reload" }).ClickAsync();
            await Expect(message).ToHaveValueAsync("A long thought");
        });
        data.Delete(recursive: true);
    }

    private static async Task CallAsync(RunningApp app, string key, int calls)
    {
        using var client = app.Client(key);
        for (var i = 0; i < calls; i++)
        {
            using var content = new StringContent($$"""{"model":"simulator/echo","messages":[{"role":"user","content":"{{i}}"}]}""", Encoding.UTF8, "application/json");
            (await client.PostAsync("v1/chat/completions", content, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        }
    }
}
