using System.Net;
using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api.Admin;

public sealed class AlertsApiTests(OutboundAppFixture fixture) : IClassFixture<OutboundAppFixture>
{
    [Fact]
    public async Task Rule_OfAKeyThatExpires_FiresOnceAndIsDeliveredSigned()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        await using var receiver = await ScriptedProvider.StartAsync();
        receiver.Otherwise = Play.Json("{}");
        var tenant = await fixture.App.CreateTenantAsync("Expiring");
        await fixture.App.IssueKeyAsync(tenant.Name, key => key with { Name = "Old shop", ExpiresAt = key.CreatedAt.AddDays(2) });
        (await admin.PostAsync("webhooks", $$"""{"tenant":"Expiring","url":"{{receiver.BaseUrl}}","events":["alert.*","key.expiring"]}""")).Expect(HttpStatusCode.Created);

        var rule = (await admin.PostAsync("alert-rules", """{"kind":"key-expiring","tenant":"Expiring"}""")).Expect(HttpStatusCode.Created);
        await receiver.RequestsAsync(2);

        (rule["name"].GetString(), rule["threshold"].GetDouble(), rule["unit"].GetString()).ShouldBe(("Key expires soon", 7, "days"));
        receiver.Requests.Select(request => request.Json.GetProperty("type").GetString()).Order().ShouldBe(["alert.fired", "key.expiring"]);
        receiver.Requests.ShouldAllBe(request => request.Headers["webhook-signature"].StartsWith("v1,"));
        var alert = (await admin.GetAsync("alerts?open=true"))["data"].EnumerateArray().Single(alert => alert.GetProperty("ruleId").GetString() == rule.Id);
        alert.GetProperty("message").GetString()!.ShouldStartWith("The key Old shop of Expiring expires on");
    }

    [Fact]
    public async Task Test_OfARule_TellsWhatCameOfItAtEachEndpoint()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        await using var receiver = await ScriptedProvider.StartAsync();
        receiver.Otherwise = Play.Json("not now", 503);
        var tenant = await fixture.App.CreateTenantAsync("Tested");
        await admin.PostAsync("webhooks", $$"""{"tenant":"Tested","url":"{{receiver.BaseUrl}}","events":["alert.fired"]}""");
        var rule = (await admin.PostAsync("alert-rules", """{"kind":"error-rate","tenant":"Tested","name":"Errors of Tested"}""")).Id;

        var result = (await admin.PostAsync($"alert-rules/{rule}/test")).Expect(HttpStatusCode.OK)["data"].EnumerateArray().ShouldHaveSingleItem();

        (result.GetProperty("status").GetInt32(), result.GetProperty("responseStart").GetString()).ShouldBe((503, "not now"));
        receiver.Requests.ShouldHaveSingleItem().Json.GetProperty("data").GetProperty("rule").GetString().ShouldBe("Errors of Tested");
        tenant.Name.ShouldBe("Tested");
    }

    [Fact]
    public async Task Rule_OverItsLife_StandsInTheAuditLog()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        var id = (await admin.PostAsync("alert-rules", """{"kind":"latency","name":"Too slow","threshold":2500}""")).Expect(HttpStatusCode.Created).Id;

        (await admin.PatchAsync($"alert-rules/{id}", """{"threshold":3000,"enabled":false}"""))["threshold"].GetDouble().ShouldBe(3000);
        (await admin.PatchAsync($"alert-rules/{id}", """{"kind":"budget"}""")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "kind");
        (await admin.GetAsync("alert-rules?kind=latency")).Ids.ShouldContain(id);
        (await admin.GetAsync("alert-rules?kind=budget")).Ids.ShouldNotContain(id);
        (await admin.DeleteAsync($"alert-rules/{id}")).Expect(HttpStatusCode.NoContent);
        (await admin.GetAsync($"audit?target={id}"))["data"].EnumerateArray().Select(entry => entry.GetProperty("action").GetString()).ShouldBe(["delete", "update", "create"]);
    }

    [Fact]
    public async Task Endpoints_OfARule_AreItsTenantsOrTheGateways_AndStayWhileItNamesThem()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        await using var receiver = await ScriptedProvider.StartAsync();
        receiver.Otherwise = Play.Json("{}");
        await fixture.App.CreateTenantAsync("Paged");
        var (own, gateways) = (await EndpointAsync("\"Paged\"", "own"), await EndpointAsync("null", "gateway"));
        var strangers = await EndpointAsync("\"Default\"", "strangers");

        await RefusedAsync("null", own, "is a tenant's");
        await RefusedAsync("\"Paged\"", strangers, "is another tenant's");
        await RefusedAsync("\"Paged\"", "whk_none", "no such webhook endpoint");
        var rule = (await admin.PostAsync("alert-rules", $$"""{"kind":"error-rate","tenant":"Paged","name":"Pages","webhooks":["{{own}}","{{gateways}}","{{own}}"]}""")).Expect(HttpStatusCode.Created);
        rule["webhooks"].EnumerateArray().Select(id => id.GetString()).ShouldBe([own, gateways]);
        (await admin.PatchAsync($"alert-rules/{rule.Id}", """{"tenant":null}""")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "webhooks[0]");
        (await admin.PostAsync($"alert-rules/{rule.Id}/test"))["data"].EnumerateArray().Select(test => test.GetProperty("webhookId").GetString()).ShouldBe([own, gateways], ignoreOrder: true);

        var refusal = (await admin.DeleteAsync($"webhooks/{own}")).ExpectError(HttpStatusCode.Conflict, "conflict");
        refusal.Text.ShouldContain("still used by the alert rule Pages");
        (await admin.PatchAsync($"alert-rules/{rule.Id}", """{"webhooks":null}"""))["webhooks"].GetArrayLength().ShouldBe(0);
        (await admin.DeleteAsync($"webhooks/{own}")).Expect(HttpStatusCode.NoContent);
        (await admin.GetAsync($"audit?target={rule.Id}"))["data"].EnumerateArray().Last().GetProperty("after").GetProperty("webhooks")[0].GetString().ShouldBe(own);

        async Task<string> EndpointAsync(string tenant, string path) => (await admin.PostAsync("webhooks", $$"""{"tenant":{{tenant}},"url":"{{receiver.BaseUrl}}/{{path}}","events":["job.*"]}""")).Expect(HttpStatusCode.Created).Id;

        async Task RefusedAsync(string tenant, string webhook, string reason) =>
            (await admin.PostAsync("alert-rules", $$"""{"kind":"budget","tenant":{{tenant}},"webhooks":["{{webhook}}"]}""")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "webhooks[0]").Text.ShouldContain(reason);
    }

    [Theory]
    [InlineData("""{"name":"x"}""", "kind")]
    [InlineData("""{"kind":"fire"}""", "kind")]
    [InlineData("""{"kind":"budget","threshold":0}""", "threshold")]
    [InlineData("""{"kind":"error-rate","threshold":101}""", "threshold")]
    [InlineData("""{"kind":"target-down","tenant":"Default"}""", "tenant")]
    [InlineData("""{"kind":"budget","tenant":"no such"}""", "tenant")]
    public async Task Post_WrongField_IsRefusedByName(string body, string field) =>
        (await (await AdminClient.OfAsync(fixture.App)).PostAsync("alert-rules", body)).ExpectError(HttpStatusCode.BadRequest, "invalid_value", field);

    [Fact]
    public void Templates_Always_CoverEachKind() => Enum.GetValues<AlertKind>().ShouldAllBe(kind => AlertTemplate.Of(kind).Kind == kind);
}
