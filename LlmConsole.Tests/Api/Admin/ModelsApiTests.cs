using System.Net;
using System.Text.Json;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api.Admin;

public sealed class ModelsApiTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Post_Complete_CreatesAServableModel()
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        var made = (await admin.PostAsync("models", """
            {"name":"fast","targets":[{"provider":"simulator","model":"echo","weight":3}],"fallbacks":["simulator/echo"],
             "timeouts":{"firstTokenSeconds":20},"prices":{"inputPerMillion":0.15,"outputPerMillion":0.6}}
            """)).Expect(HttpStatusCode.Created);

        var target = made["targets"][0];
        (target.GetProperty("provider").GetString(), target.GetProperty("model").GetString(), target.GetProperty("weight").GetInt32()).ShouldBe(("Simulator", "echo", 3));
        made["timeouts"].GetRawText().ShouldBe("""{"firstTokenSeconds":20,"idleSeconds":60,"totalSeconds":600,"connectSeconds":10}""");
        (made["prices"].GetProperty("version").GetInt32(), made["prices"].GetProperty("inputPerMillion").GetDecimal()).ShouldBe((1, 0.15m));
        fixture.App.Configuration.FindModel("fast")!.Id.ShouldBe(made.Id);
    }

    [Fact]
    public async Task Post_WhatIsDoneWhenTargetsFail_IsKeptAndAnswered()
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        var made = (await admin.PostAsync("models", """
            {"name":"tough","targets":[{"provider":"Simulator","model":"echo"},{"provider":"Simulator","model":"lorem-1-0-0","group":1,"acceptsPrefill":true,"drained":true}],
             "timeouts":{"connectSeconds":3},"sticky":"user","retries":2,"rescue":"continue","gracefulMessage":"Later.","contextFallback":true}
            """)).Expect(HttpStatusCode.Created);

        (made["sticky"].GetString(), made["retries"].GetInt32(), made["rescue"].GetString(), made["gracefulMessage"].GetString(), made["contextFallback"].GetBoolean()).ShouldBe(("user", 2, "continue", "Later.", true));
        made["targets"][1].GetRawText().ShouldContain("\"group\":1,\"acceptsPrefill\":true,\"drained\":true");
        var changed = (await admin.PatchAsync($"models/{made.Id}", """{"gracefulMessage":null,"retries":0}""")).Expect(HttpStatusCode.OK);
        (changed["rescue"].GetString(), changed["retries"].GetInt32(), changed["gracefulMessage"].ValueKind).ShouldBe(("continue", 0, JsonValueKind.Null));
    }

    [Theory]
    [InlineData("""{"retries":3}""", "retries")]
    [InlineData("""{"rescue":"pray"}""", "rescue")]
    [InlineData("""{"sticky":"key"}""", "sticky")]
    [InlineData("""{"gracefulMessage":" "}""", "gracefulMessage")]
    [InlineData("""{"timeouts":{"connectSeconds":61}}""", "timeouts.connectSeconds")]
    [InlineData("""{"targets":[{"provider":"Simulator","model":"echo","group":50}]}""", "targets[0].group")]
    public async Task Patch_ImpossibleResilience_IsRefusedByName(string body, string field)
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        var made = await admin.PostAsync("models", $$"""{"name":"{{Guid.NewGuid():N}}","targets":[{"provider":"Simulator","model":"echo"}]}""");

        (await admin.PatchAsync($"models/{made.Id}", body)).ExpectError(HttpStatusCode.BadRequest, "invalid_value", field);
    }

    [Fact]
    public async Task Patch_Prices_AddsAVersionAndKeepsHistory()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        var made = await admin.PostAsync("models", """{"name":"priced","targets":[{"provider":"Simulator","model":"echo"}],"prices":{"inputPerMillion":1,"outputPerMillion":2}}""");

        (await admin.PatchAsync($"models/{made.Id}", """{"prices":{"inputPerMillion":1,"outputPerMillion":2}}"""))["priceHistory"].GetArrayLength().ShouldBe(1);
        var changed = (await admin.PatchAsync($"models/{made.Id}", """{"prices":{"inputPerMillion":3,"cachedInputPerMillion":0.5,"outputPerMillion":4}}""")).Expect(HttpStatusCode.OK);

        changed["prices"].GetProperty("version").GetInt32().ShouldBe(2);
        changed["prices"].GetProperty("cachedInputPerMillion").GetDecimal().ShouldBe(0.5m);
        changed["priceHistory"].EnumerateArray().Select(price => price.GetProperty("inputPerMillion").GetDecimal()).ShouldBe([1m, 3m]);
        (await admin.PatchAsync($"models/{made.Id}", """{"prices":null}""")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "prices");
    }

    [Fact]
    public async Task Patch_OneTimeout_LeavesTheOthers()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        var made = await admin.PostAsync("models", """{"name":"slow","targets":[{"provider":"Simulator","model":"echo"}],"timeouts":{"firstTokenSeconds":5,"totalSeconds":50}}""");

        var changed = await admin.PatchAsync($"models/{made.Id}", """{"timeouts":{"totalSeconds":null,"idleSeconds":7}}""");

        changed["timeouts"].GetRawText().ShouldBe("""{"firstTokenSeconds":5,"idleSeconds":7,"totalSeconds":600,"connectSeconds":10}""");
        changed["prices"].ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Theory]
    [InlineData("""{"name":"x"}""", "targets")]
    [InlineData("""{"name":"x","targets":[null]}""", "targets[0].provider")]
    [InlineData("""{"name":"x","targets":[{"provider":"none","model":"m"}]}""", "targets[0].provider")]
    [InlineData("""{"name":"x","targets":[{"provider":"Simulator"}]}""", "targets[0].model")]
    [InlineData("""{"name":"x","targets":[{"provider":"Simulator","model":"echo","weight":0}]}""", "targets[0].weight")]
    [InlineData("""{"name":"x","targets":[{"provider":"Simulator","model":"echo"}],"fallbacks":[null]}""", "fallbacks[0]")]
    [InlineData("""{"name":"x","targets":[{"provider":"Simulator","model":"echo"}],"fallbacks":["x"]}""", "fallbacks[0]")]
    [InlineData("""{"name":"x","targets":[{"provider":"Simulator","model":"echo"}],"timeouts":{"idleSeconds":0}}""", "timeouts.idleSeconds")]
    [InlineData("""{"name":"x","targets":[{"provider":"Simulator","model":"echo"}],"prices":{"inputPerMillion":1}}""", "prices.outputPerMillion")]
    [InlineData("""{"name":"x","targets":[{"provider":"Simulator","model":"echo"}],"prices":{"inputPerMillion":-1,"outputPerMillion":1}}""", "prices.inputPerMillion")]
    public async Task Post_WrongField_RefusesByName(string body, string param)
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        (await admin.PostAsync("models", body)).ExpectError(HttpStatusCode.BadRequest, "invalid_value", param);
        fixture.App.Configuration.FindModel("x").ShouldBeNull();
    }

    [Fact]
    public async Task Delete_AFallbackOfAnother_Conflicts()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        var last = await admin.PostAsync("models", """{"name":"last","targets":[{"provider":"Simulator","model":"echo"}]}""");
        await admin.PostAsync("models", """{"name":"first","targets":[{"provider":"Simulator","model":"echo"}],"fallbacks":["last"]}""");

        (await admin.DeleteAsync($"models/{last.Id}")).ExpectError(HttpStatusCode.Conflict, "conflict");
        (await admin.DeleteAsync("models/first")).Expect(HttpStatusCode.NoContent);
        (await admin.DeleteAsync("models/last")).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Patch_NameThatOthersFallBackTo_IsRefusedUntilTheyDoNot()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        var spare = await admin.PostAsync("models", """{"name":"spare","targets":[{"provider":"Simulator","model":"echo"}]}""");
        var user = await admin.PostAsync("models", """{"name":"leaning","targets":[{"provider":"Simulator","model":"echo"}],"fallbacks":["spare"]}""");

        (await admin.PatchAsync($"models/{spare.Id}", """{"name":"renamed"}""")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "name");
        (await admin.PatchAsync($"models/{user.Id}", """{"fallbacks":[]}""")).Expect(HttpStatusCode.OK);
        (await admin.PatchAsync($"models/{spare.Id}", """{"name":"renamed"}""")).Expect(HttpStatusCode.OK);
    }
}
