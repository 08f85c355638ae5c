using Bunit;
using LlmConsole.Components.Console.Webhooks;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Webhooks;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;

namespace LlmConsole.Tests.Components.Console;

public sealed class WebhookPageTests : ConsoleContext
{
    [Fact]
    public async Task Create_Endpoint_ShowsTheSecretOnce()
    {
        await using var receiver = await ReceiverAsync();
        var dialogs = Dialogs();
        var page = Render<WebhooksPage>();
        page.Find(".empty-state").TextContent.ShouldContain("No endpoints yet");

        page.Find(".empty-state .button-primary").Click();
        dialogs.WaitForElement("[name=url]").Change($"{receiver.BaseUrl}/hook");
        await dialogs.Find("form").SubmitAsync();
        var secret = dialogs.WaitForElement("#webhook-secret").TextContent;

        secret.ShouldStartWith("whsec_");
        dialogs.Find("#verify-code").TextContent.ShouldContain("hmac");
        Button(dialogs, "Done").Click();
        dialogs.Find("[role=alert]").TextContent.ShouldContain("isn't copied");
        Button(dialogs, "Copy secret").Click();
        Button(dialogs, "Done").Click();
        dialogs.WaitForAssertion(() => dialogs.FindAll("#webhook-secret").ShouldBeEmpty());
        var endpoint = Snapshot.Webhooks.Values.ShouldHaveSingleItem();
        endpoint.Events.ShouldBe(["job.*"]);
        page.WaitForAssertion(() => page.Find("tbody tr").TextContent.ShouldContain("/hook"));
        (page.Markup + dialogs.Markup + Render<WebhookPage>(parameters => parameters.Add(shown => shown.Id, endpoint.Id)).Markup).ShouldNotContain(secret);
    }

    [Fact]
    public async Task Create_MetadataAddress_SaysSoAtTheField()
    {
        var dialogs = Dialogs();
        await OpenAsync(dialogs, new DialogParameters<WebhookDialog>());

        dialogs.Find("[name=url]").Change("http://0xa9fea9fe/hook");
        await dialogs.Find("form").SubmitAsync();

        dialogs.WaitForAssertion(() => dialogs.Find(".error-text").TextContent.ShouldContain("metadata"));
        dialogs.Find("[name=url]").GetAttribute("aria-invalid").ShouldBe("true");
        Snapshot.Webhooks.ShouldBeEmpty();
    }

    [Fact]
    public async Task Test_OfTheEndpoint_ShowsItsOutcomeInline()
    {
        await using var receiver = await ReceiverAsync();
        var endpoint = await CreateAsync(receiver);
        receiver.Next(Play.Json("no such hook", 404));
        var page = Show(endpoint);

        await Button(page, "Send test event").ClickAsync();

        page.WaitForAssertion(() => page.Find(".notice-bad").TextContent.ShouldContain("Answered 404"));
        page.Find(".notice-bad pre").TextContent.ShouldBe("no such hook");
        page.WaitForAssertion(() => page.Find("tbody tr").TextContent.ShouldContain("webhook.test"));
        (await AuditAsync()).ShouldContain(entry => entry.Action == "webhook.test" && entry.ActorName == "ada@example.com");
    }

    [Fact]
    public async Task Disabled_Endpoint_HasABannerThatEnables()
    {
        await using var receiver = await ReceiverAsync();
        var endpoint = await CreateAsync(receiver);
        receiver.Next(Play.Error(410));
        var claim = await DueAsync(endpoint);
        await Services.GetRequiredService<DeliveryRun>().AttemptAsync(claim, endpoint, Cancellation);
        var page = Show(endpoint);
        page.Find(".notice-bad").TextContent.ShouldContain("410");

        await Button(page, "Enable").ClickAsync();

        page.WaitForAssertion(() => page.FindAll(".notice-bad").ShouldBeEmpty());
        Snapshot.Webhooks[endpoint.Id].IsEnabled.ShouldBeTrue();
        (await AuditAsync()).Where(entry => entry.ObjectId == endpoint.Id).Select(entry => (entry.Action, entry.ActorKind)).ShouldBe([("update", "user"), ("update", "system"), ("create", "system")], ignoreOrder: true);
    }

    [Fact]
    public async Task Delivery_ThatIsOpened_ShowsBothSidesOfEachAttempt_AndCanBeSentAgain()
    {
        await using var receiver = await ReceiverAsync();
        var endpoint = await CreateAsync(receiver);
        receiver.Next(Play.Json("later", 503, ("x-receiver", "r1"), ("Retry-After", "60")));
        var claim = await DueAsync(endpoint);
        await Services.GetRequiredService<DeliveryRun>().AttemptAsync(claim, endpoint, Cancellation);
        var page = Show(endpoint);
        page.Find("tbody tr").TextContent.ShouldContain("Retrying");

        await page.Find("tbody tr").ClickAsync();
        page.WaitForAssertion(() => page.Find(".side-drawer").TextContent.ShouldContain("x-receiver: r1"));
        var drawer = page.Find(".side-drawer").TextContent;
        drawer.ShouldContain($"webhook-id: {claim.MessageId}");
        drawer.ShouldContain("2026-11-23 12:01:00 UTC");
        drawer.ShouldContain("\"job_1\"");
        await Button(page, "Resend").ClickAsync();

        (await Services.GetRequiredService<DeliveryQueries>().FindAsync(claim.Id, Cancellation))!.NextAt.ShouldBe(Time.GetUtcNow());
        (await AuditAsync()).ShouldContain(entry => entry.Action == "webhook.resend" && entry.After!.Contains(claim.MessageId));
    }

    private static async Task<ScriptedProvider> ReceiverAsync()
    {
        var receiver = await ScriptedProvider.StartAsync();
        receiver.Otherwise = Play.Json("{}");
        return receiver;
    }

    private async Task<WebhookEndpoint> CreateAsync(ScriptedProvider receiver) =>
        (await Services.GetRequiredService<WebhookEdits>().CreateAsync(Actor.System, new WebhookDraft(null, $"{receiver.BaseUrl}/hook", WebhookFormat.Standard, ["*"]), Cancellation)).Endpoint;

    private async Task<Delivery> DueAsync(WebhookEndpoint endpoint)
    {
        await Services.GetRequiredService<WebhookOutbox>().PublishAsync(new WebhookEvent(EventTypes.JobFailed, null, "job_1", new() { ["id"] = "job_1" }, "A job failed."), Cancellation);
        return (await Services.GetRequiredService<DeliveryClaims>().ClaimAsync([endpoint.Id], Cancellation))!;
    }

    private IRenderedComponent<WebhookPage> Show(WebhookEndpoint endpoint) => Render<WebhookPage>(parameters => parameters.Add(page => page.Id, endpoint.Id));

    private static AngleSharp.Dom.IElement Button<T>(IRenderedComponent<T> component, string text) where T : Microsoft.AspNetCore.Components.IComponent =>
        component.FindAll("button").First(button => button.TextContent.Trim() == text);
}
