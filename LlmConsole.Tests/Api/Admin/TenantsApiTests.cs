using System.Net;
using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api.Admin;

public sealed class TenantsApiTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Post_TierByNameOrId_PutsItOnTheTier()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        var tier = await admin.PostAsync("tiers", """{"name":"Gold"}""");

        var byName = (await admin.PostAsync("tenants", """{"name":"By name","tier":"gold"}""")).Expect(HttpStatusCode.Created);
        var byId = (await admin.PostAsync("tenants", $$"""{"name":"By id","tier":"{{tier.Id}}"}""")).Expect(HttpStatusCode.Created);

        foreach (var made in (Answer[])[byName, byId]) (made["tier"].GetString(), made["tierId"].GetString(), made["status"].GetString()).ShouldBe(("Gold", tier.Id, "active"));
        (await admin.GetAsync("tenants?tier=Gold")).Ids.ShouldBe([byName.Id, byId.Id]);
    }

    [Theory]
    [InlineData("""{"name":"Nobody"}""")]
    [InlineData("""{"name":"Nobody","tier":"none such"}""")]
    [InlineData("""{"name":"Nobody","tier":null}""")]
    public async Task Post_NoSuchTier_RefusesNamingIt(string body)
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        (await admin.PostAsync("tenants", body)).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "tier");
    }

    [Fact]
    public async Task Patch_SuspendAndResume_KeepsTheReasonOnlyMeanwhile()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        var made = await admin.PostAsync("tenants", """{"name":"Late","tier":"Default"}""");

        (await admin.PatchAsync($"tenants/{made.Id}", """{"status":"suspended","reason":"The invoice is open."}""")).Expect(HttpStatusCode.OK)["reason"].GetString().ShouldBe("The invoice is open.");
        fixture.App.Configuration.Tenants[made.Id].Status.ShouldBe(TenantStatus.Suspended);
        (await admin.GetAsync("tenants?status=suspended")).Ids.ShouldBe([made.Id]);

        (await admin.PatchAsync($"tenants/{made.Id}", """{"status":"active"}""")).Expect(HttpStatusCode.OK);
        fixture.App.Configuration.Tenants[made.Id].StatusReason.ShouldBeNull();
    }

    [Fact]
    public async Task Patch_ReasonOfSeveralLines_Refuses()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        var made = await admin.PostAsync("tenants", """{"name":"Wordy","tier":"Default"}""");

        (await admin.PatchAsync($"tenants/{made.Id}", """{"status":"suspended","reason":"a\nb"}""")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "reason");
    }

    [Fact]
    public async Task Delete_WithAWorkingKey_ConflictsUntilItIsRevoked()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        var made = await admin.PostAsync("tenants", """{"name":"Leaving","tier":"Default"}""");
        var key = await admin.PostAsync("keys", """{"tenant":"Leaving","name":"last"}""");

        (await admin.DeleteAsync($"tenants/{made.Id}")).ExpectError(HttpStatusCode.Conflict, "conflict");
        await admin.DeleteAsync($"keys/{key.Id}");
        (await admin.DeleteAsync($"tenants/{made.Id}")).Expect(HttpStatusCode.NoContent);

        fixture.App.Configuration.Keys.ShouldNotContainKey(key.Id);
        (await admin.DeleteAsync($"keys/{key.Id}")).ExpectError(HttpStatusCode.NotFound, "not_found");
    }
}
