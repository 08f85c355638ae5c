using System.Net;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api.Admin;

public sealed class DrillsApiTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    [Theory]
    [InlineData("500")]
    [InlineData("429")]
    [InlineData("garbage")]
    public async Task Drill_Fault_IsServedByTheFallbackAndNeverReachesTheProvider(string fault)
    {
        await using var two = await TwoProviders.PublishAsync(fixture.App, new ModelResilience { Retries = 0 });
        var admin = await AdminClient.OfAsync(fixture.App);
        var drill = await StartAsync(admin, two, $$"""{"provider":"{{two.Configured.Targets[0].ProviderId}}","fault":"{{fault}}"}""");

        for (var i = 0; i < 3; i++) (await two.Model.PostAsync(two.Model.Ask(i % 2 == 0 ? "" : "\"stream\":true"))).EnsureSuccessStatusCode();
        await two.Model.RecordsAsync();

        two.First.Requests.ShouldBeEmpty();
        var report = (await admin.GetAsync($"drills/{drill}"))["report"];
        (report.GetProperty("servedByFallback").GetInt32(), report.GetProperty("failed").GetInt32()).ShouldBe((report.GetProperty("affected").GetInt32(), 0));
        report.GetProperty("affected").GetInt32().ShouldBe(fault == "429" ? 1 : 3);
        AttemptLog.Read((await two.Model.RecordsAsync())[0].AttemptLog)[0].Drill.ShouldBe(drill);

        // Whoever isn't drilled doesn't feel it.
        fixture.App.Services.GetRequiredService<HealthBook>().Find(two.Configured.Targets[0].ProviderId, two.Model.Name).ShouldBeNull();
        (await admin.DeleteAsync($"drills/{drill}")).Expect(HttpStatusCode.NoContent);
        (await two.Model.PostAsync(two.Model.Ask())).EnsureSuccessStatusCode();
        two.First.Requests.Count.ShouldBe(1);
        (await admin.GetAsync($"drills/{drill}"))["running"].GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task Drill_Cut_BreaksTheAnswerOffAfterItsFirstWords()
    {
        await using var model = await ScriptedModel.PublishAsync(fixture.App);
        var admin = await AdminClient.OfAsync(fixture.App);
        var drill = (await admin.PostAsync("drills", $$"""{"model":"{{model.Name}}","fault":"cut","minutes":1}""")).Expect(HttpStatusCode.Created).Id;

        var text = await (await model.PostAsync(model.Ask("\"stream\":true"))).TextAsync();

        text.ShouldContain("\"content\":\"Fire\"");
        text.ShouldContain("\"error\"");
        text.ShouldNotContain("[DONE]");
        model.Provider.Requests.ShouldBeEmpty();
        var record = (await model.RecordsAsync()).ShouldHaveSingleItem();
        (record.Outcome, record.Cost, record.TotalTokens).ShouldBe((Outcome.Incomplete, Usd.Zero, 0));
        (await admin.GetAsync($"drills/{drill}"))["report"].GetProperty("failed").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task Drill_CutOfHeldAnswers_IsRescuedByTheNextTargetAndCostsItsAnswerAlone()
    {
        await using var two = await TwoProviders.PublishAsync(fixture.App, new ModelResilience { Retries = 0, Rescue = RescueMode.Hold });
        var drill = await StartAsync(await AdminClient.OfAsync(fixture.App), two, $$"""{"provider":"{{two.Configured.Targets[0].ProviderId}}","fault":"cut"}""");
        two.Second.Next(Play.Answer("Once upon a time.", promptTokens: 10, outputTokens: 4));

        var text = await (await two.Model.PostAsync(two.Model.Ask("\"stream\":true"))).TextAsync();

        text.ShouldContain("Once upon a time.");
        text.ShouldNotContain("Fire");
        two.First.Requests.ShouldBeEmpty();
        var record = (await two.Model.RecordsAsync()).ShouldHaveSingleItem();
        (record.Outcome, record.Cost, record.WastedCost).ShouldBe((Outcome.Answered, Usd.FromDollars(0.000018m), Usd.Zero));
        AttemptLog.Read(record.AttemptLog).Select(attempt => attempt.Drill).ShouldBe([drill, null]);
    }

    [Fact]
    public async Task Drill_OfCallsWithTools_NeverCallsOne()
    {
        await using var two = await TwoProviders.PublishAsync(fixture.App, new ModelResilience { Retries = 0 });
        await StartAsync(await AdminClient.OfAsync(fixture.App), two, $$"""{"provider":"{{two.Configured.Targets[0].ProviderId}}","fault":"cut"}""");

        var text = await (await two.Model.PostAsync(two.Model.Ask("\"stream\":true,\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"delete_all\"}}]"))).TextAsync();

        text.ShouldContain("\"content\":\"Fire\"");
        text.ShouldNotContain("delete_all");
    }

    [Fact]
    public async Task Drill_Stall_LastsUntilTheFirstTokenDeadline()
    {
        await using var two = await TwoProviders.PublishAsync(fixture.App, new ModelResilience { Retries = 0 });
        await fixture.App.PutAsync(two.Configured with { Timeouts = new ModelTimeouts { FirstTokenSeconds = 1 } });
        var admin = await AdminClient.OfAsync(fixture.App);
        var drill = await StartAsync(admin, two, $$"""{"provider":"{{two.Configured.Targets[0].ProviderId}}","fault":"stall"}""");

        (await two.Model.PostAsync(two.Model.Ask("\"stream\":true"))).EnsureSuccessStatusCode();
        await two.Model.RecordsAsync();

        (await admin.GetAsync($"drills/{drill}"))["report"].GetProperty("addedLatencyMs").GetDouble().ShouldBeGreaterThan(900);
    }

    [Fact]
    public async Task Drill_OtherTenant_IsNotDrilled()
    {
        await using var model = await ScriptedModel.PublishAsync(fixture.App);
        var admin = await AdminClient.OfAsync(fixture.App);
        await admin.PostAsync("drills", $$"""{"model":"{{model.Name}}","fault":"500","tenant":"Default"}""");

        (await model.PostAsync(model.Ask())).EnsureSuccessStatusCode();
        using var other = fixture.App.Client(await fixture.App.IssueKeyAsync());
        using var drilled = await other.PostAsync("/v1/chat/completions", new StringContent(model.Ask(), null, "application/json"), TestContext.Current.CancellationToken);

        drilled.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        model.Provider.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Drill_DearerFallback_TellsWhatItCostMore()
    {
        await using var cheap = await ScriptedModel.PublishAsync(fixture.App);
        await using var dear = await ScriptedModel.PublishAsync(fixture.App);
        await fixture.App.PutAsync(fixture.App.Configuration.FindModel(dear.Name)!.WithPrice(Usd.FromDollars(10), null, Usd.FromDollars(20), DateTimeOffset.UnixEpoch));
        await fixture.App.PutAsync(fixture.App.Configuration.FindModel(cheap.Name)! with { Fallbacks = [dear.Name] });
        var admin = await AdminClient.OfAsync(fixture.App);
        var drill = (await admin.PostAsync("drills", $$"""{"model":"{{cheap.Name}}","fault":"500"}""")).Id;
        dear.Provider.Next(Play.Answer("dear", promptTokens: 1_000, outputTokens: 500));

        (await cheap.PostAsync(cheap.Ask())).EnsureSuccessStatusCode();
        await cheap.RecordsAsync();

        (await admin.GetAsync($"drills/{drill}"))["report"].GetProperty("addedCost").GetDecimal().ShouldBe(0.018m);
    }

    [Theory]
    [InlineData("""{"fault":"500"}""", "model")]
    [InlineData("""{"model":"no such","fault":"500"}""", "model")]
    [InlineData("""{"provider":"no such","fault":"500"}""", "provider")]
    [InlineData("""{"model":"simulator/echo"}""", "fault")]
    [InlineData("""{"model":"simulator/echo","fault":"fire"}""", "fault")]
    [InlineData("""{"model":"simulator/echo","fault":"500","minutes":0}""", "minutes")]
    [InlineData("""{"model":"simulator/echo","fault":"500","minutes":241}""", "minutes")]
    [InlineData("""{"model":"simulator/echo","fault":"500","share":101}""", "share")]
    [InlineData("""{"model":"simulator/echo","fault":"500","tenant":"no such"}""", "tenant")]
    [InlineData("""{"model":"simulator/echo","fault":"500","color":"red"}""", "color")]
    public async Task Post_WrongField_IsRefusedByName(string body, string field) =>
        (await (await AdminClient.OfAsync(fixture.App)).PostAsync("drills", body)).ExpectError(HttpStatusCode.BadRequest, "invalid_value", field);

    [Fact]
    public async Task StartAndStop_Always_StandInTheAuditLog()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        var drill = (await admin.PostAsync("drills", """{"model":"simulator/echo","fault":"slow","minutes":1,"share":1}""")).Id;
        await admin.DeleteAsync($"drills/{drill}");
        await admin.DeleteAsync($"drills/{drill}");

        (await admin.GetAsync($"audit?target={drill}"))["data"].EnumerateArray().Select(entry => entry.GetProperty("action").GetString()).ShouldBe(["drill.stop", "drill.start"]);
        (await admin.GetAsync("drills")).Ids.ShouldContain(drill);
        (await admin.GetAsync("drills/none")).ExpectError(HttpStatusCode.NotFound, "not_found");
    }

    private static async Task<string> StartAsync(AdminClient admin, TwoProviders two, string body) =>
        (await admin.PostAsync("drills", $$"""{"model":"{{two.Model.Name}}",{{body[1..]}}""")).Expect(HttpStatusCode.Created).Id;
}
