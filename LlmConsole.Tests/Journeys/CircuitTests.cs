using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmConsole.Tests.Journeys;

/// <summary>Pages that stay open: how many may, what they do without a network, and what is left of them when their user's rights are taken.</summary>
public sealed class CircuitTests(CircuitApp circuits) : IClassFixture<CircuitApp>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pages_BeyondTheBounds_SayWhyAndOpenOnceOthersAreClosed()
    {
        var (browser, _) = await circuits.SignInAsync(UserRole.Admin);
        await using var _1 = browser;

        await browser.WalkAsync(async page =>
        {
            await page.OpenAsync("/admin/tenants");
            var second = await browser.Page.Context.NewPageAsync();
            await second.OpenAsync("/admin/keys");
            var third = await browser.Page.Context.NewPageAsync();
            var sentAway = new TaskCompletionSource();
            third.WebSocket += (_, socket) => socket.Close += (_, _) => sentAway.TrySetResult();
            await third.GotoAsync("/admin/tiers");
            await Expect(third.Locator("#blazor-error-ui")).ToHaveTextAsync("You have 2 pages open, which is the most. Close some, then reload this one. Reload");
            await Expect(third.Locator("main")).ToContainTextAsync("Default");
            await Pictures.TakeAsync(third, "too-many-pages");
            await sentAway.Task.WaitAsync(Cancellation);

            await second.CloseAsync();
            await third.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Reload" }).ClickAsync();
            await Expect(third.Locator("#palette")).ToBeAttachedAsync();
            await Expect(third.Locator("#blazor-error-ui")).Not.ToBeVisibleAsync();
        });
    }

    [Fact]
    public async Task Network_Cut_IsSaid_AndWhatWasTypedGoesOnWhenItIsBack()
    {
        var (browser, _) = await circuits.SignInAsync(UserRole.Admin);
        await using var _1 = browser;

        await browser.WalkAsync(async chat =>
        {
            await chat.GotoAsync("/chat");
            var message = chat.GetByLabel("Message", new PageGetByLabelOptions { Exact = true });
            await Expect(message).ToBeEditableAsync();
            var console = await browser.Page.Context.NewPageAsync();
            await console.OpenAsync("/admin/tenants");
            await console.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Create tenant", Exact = true }).ClickAsync();
            var name = console.GetByLabel("Name", new PageGetByLabelOptions { Exact = true });
            await name.FillAsync("Before the ");
            foreach (var page in (IPage[])[chat, console]) await page.EvaluateAsync("() => window.isTheSame = true");

            circuits.Network.Cut();
            foreach (var page in (IPage[])[chat, console]) await Expect(page.Locator("#components-reconnect-modal")).ToContainTextAsync("The connection to the server is lost. Reconnecting…", new() { UseInnerText = true });
            await message.FillAsync("Are you still there?");
            await name.PressSequentiallyAsync("cut");
            await Pictures.TakeAsync(console, "network-cut");
            circuits.Network.Join(circuits.App.BaseAddress.Port);

            foreach (var page in (IPage[])[chat, console]) await Expect(page.Locator("#components-reconnect-modal")).Not.ToBeVisibleAsync(new() { Timeout = 30_000 });
            await Expect(message).ToHaveValueAsync("Are you still there?");
            await message.PressAsync("Enter");
            await Expect(chat.Locator("[data-announced]")).ToHaveTextAsync("Answer complete");
            await name.PressAsync("Enter");
            await Expect(console.Locator("main")).ToContainTextAsync("Before the cut");
            foreach (var page in (IPage[])[chat, console]) (await page.EvaluateAsync<bool>("() => window.isTheSame")).ShouldBeTrue();

            // Both have their seats again.
            var third = await browser.Page.Context.NewPageAsync();
            await third.GotoAsync("/admin/tiers");
            await Expect(third.Locator("#blazor-error-ui")).ToContainTextAsync("You have 2 pages open");
        });
    }

    [Theory]
    [InlineData("waits", "maxRetries: 2, retryIntervalMilliseconds: () => 3600000")]
    [InlineData("gave-up", "maxRetries: 0")]
    public async Task Network_SaidToBeBack_IsTriedAtOnce(string blazor, string options)
    {
        var (browser, _) = await circuits.SignInAsync(UserRole.Admin);
        await using var _1 = browser;

        await browser.WalkAsync(async page =>
        {
            await page.RouteAsync("**/circuit*.js", async route =>
            {
                var script = await (await route.FetchAsync()).TextAsync();
                script.ShouldContain("circuit: {");
                await route.FulfillAsync(new RouteFulfillOptions { ContentType = "text/javascript", Body = script.Replace("circuit: {", $"circuit: {{ reconnectionOptions: {{ {options} }},", StringComparison.Ordinal) });
            });
            await page.OpenAsync("/admin/requests");
            await page.GetByLabel("Query").FillAsync("status:4");
            circuits.Network.Cut();
            var notice = page.Locator("#components-reconnect-modal");
            await Expect(notice).ToBeVisibleAsync();
            await page.Context.SetOfflineAsync(true);
            await Pictures.TakeAsync(page, $"network-{blazor}");
            circuits.Network.Join(circuits.App.BaseAddress.Port);

            await page.Context.SetOfflineAsync(false);
            await Expect(notice).Not.ToBeVisibleAsync();
            await Expect(page.Locator("#blazor-error-ui")).Not.ToBeVisibleAsync();
            await Expect(page.GetByLabel("Query")).ToHaveValueAsync("status:4");
            await page.GetByLabel("Query").PressAsync("Enter");
            await Expect(page.Locator("#query-note")).ToBeVisibleAsync();
        });
    }

    [Fact]
    public async Task Circuit_Resumed_HasASeatAndTheRightsOfNow()
    {
        var (browser, userId) = await circuits.SignInAsync(UserRole.Admin);
        await using var _1 = browser;
        var users = circuits.App.Services.GetRequiredService<UserDirectory>();

        await browser.WalkAsync(async page =>
        {
            var second = await browser.Page.Context.NewPageAsync();
            foreach (var (open, path) in new[] { (page, "/admin/keys"), (second, "/admin/tenants") })
            {
                await open.OpenAsync(path);
                await open.EvaluateAsync("() => Blazor.pauseCircuit()");
                (await open.EvaluateAsync<bool>("() => Blazor.resumeCircuit()")).ShouldBeTrue();
            }

            await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Create key", Exact = true }).First.ClickAsync();
            await Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
            var third = await browser.Page.Context.NewPageAsync();
            await third.GotoAsync("/admin/tiers");
            await Expect(third.Locator("#blazor-error-ui")).ToContainTextAsync("You have 2 pages open");

            await second.EvaluateAsync("() => Blazor.pauseCircuit()");
            await Pictures.TakeAsync(second, "paused");
            await users.UpdateAsync(UserEditor.System, userId, user => user with { Role = UserRole.Member }, Cancellation);
            await second.EvaluateAsync("() => Blazor.resumeCircuit()");
            foreach (var open in (IPage[])[page, second]) await Expect(open.Locator("main")).ToContainTextAsync("Your role doesn't allow this page");
        });
    }

    [Fact]
    public async Task Rights_TakenFromAnOpenPage_EndWhatItShowsAndDoes()
    {
        var (admin, adminId) = await circuits.SignInAsync(UserRole.Admin);
        await using var _1 = admin;
        var (viewer, viewerId) = await circuits.SignInAsync(UserRole.Viewer);
        await using var _2 = viewer;
        var users = circuits.App.Services.GetRequiredService<UserDirectory>();

        await admin.WalkAsync(page => page.OpenAsync("/admin/keys"));
        await viewer.WalkAsync(page => page.OpenAsync("/admin/requests"));
        await users.UpdateAsync(UserEditor.System, adminId, user => user with { Role = UserRole.Member }, Cancellation);
        await users.UpdateAsync(UserEditor.System, viewerId, user => user with { Disabled = true }, Cancellation);

        await admin.WalkAsync(page => Expect(page.Locator("main")).ToContainTextAsync("Your role doesn't allow this page"));
        await viewer.WalkAsync(page => Expect(page.GetByLabel("E-mail address")).ToBeVisibleAsync());
    }
}
