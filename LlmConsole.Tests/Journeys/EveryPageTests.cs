using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Journeys;

/// <summary>Every page in one theme, on a desk and on a phone.</summary>
public abstract class EveryPageTests(FilledApp filled, string theme) : PageLook
{
    private static readonly string[] Pages =
    [
        "/admin", "/admin?range=24h", "/admin?range=30d", "/admin/requests", "/admin/tenants", "/admin/keys", "/admin/tiers", "/admin/users", "/admin/models", "/admin/models/new", "/admin/providers", "/admin/cache", "/admin/cache?range=30d", "/admin/cache/entries", "/admin/cache/lab", "/admin/drills", "/admin/webhooks", "/admin/alerts", "/admin/webhooks/no-such-endpoint", "/admin/usage", "/admin/usage?by=day&range=7d", "/admin/usage?by=task&task=support", "/admin/audit", "/admin/settings", "/admin/playground",
        "/admin/jobs", "/admin/jobs?state=failed", "/admin/jobs?state=expired", "/admin/jobs/new", "/admin/jobs/job_sample_2", "/admin/jobs/job_sample_2?item=60&after=40", "/admin/jobs/no-such-job",
        "/admin/tenants/no-such-tenant", "/admin/models/no-such-model", "/admin/requests?call=no-such-call", "/admin/requests?model=no-such-model", "/admin/keys?key=no-such-key",
        "/chat", "/chat/conv_1", "/chat/no-such-conversation", "/account", "/account/denied", "/not-found", "/nowhere", "/docs/errors",
    ];

    [Theory]
    [InlineData(Desk)]
    [InlineData(Phone)]
    public async Task Pages_OfAGatewayInUse_AreWholeAndReachable(int width)
    {
        Accessibility.Require();
        await using var browser = await filled.SignInAsync(theme, width);
        var tenant = $"/admin/tenants/{filled.App.Tenant("Initech").Id}";
        var model = $"/admin/models/{filled.App.Configuration.FindModel(SampleBooks.FastModel)!.Id}";

        await browser.WalkAsync(async page =>
        {
            foreach (var path in (string[])[.. Pages, tenant, $"{tenant}/limits", $"{tenant}/cache", $"{tenant}/bodies", $"{tenant}/keys", $"{tenant}/users", model, .. Hooks()]) await LookAsync(browser, page, path, theme, width);
        });

        Findings.ShouldBeEmpty();
    }

    private IEnumerable<string> Hooks() => filled.App.Configuration.Webhooks.Keys.SelectMany(id => (string[])[$"/admin/webhooks/{id}", $"/admin/webhooks/{id}?delivery=dlv_{id}"]);
}

public sealed class EveryLightPageTests(FilledApp filled) : EveryPageTests(filled, "light"), IClassFixture<FilledApp>;

public sealed class EveryDarkPageTests(FilledApp filled) : EveryPageTests(filled, "dark"), IClassFixture<FilledApp>;
