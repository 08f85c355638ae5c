using System.Net;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api.Admin;

public sealed class TiersApiTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Post_Complete_CreatesAndTellsWhere()
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        var made = (await admin.PostAsync("tiers", """{"name":"Complete","requestsPerMinute":60,"tokensPerMinute":1000,"concurrency":2,"maxOutputTokens":100,"models":["a","b*"]}""")).Expect(HttpStatusCode.Created);

        made.Headers.Location!.ToString().ShouldBe($"/admin/v1/tiers/{made.Id}");
        var tier = fixture.App.Configuration.Tiers[made.Id];
        (tier.Name, tier.RequestsPerMinute, tier.TokensPerMinute, tier.Concurrency, tier.MaxOutputTokens).ShouldBe(("Complete", 60, 1000, 2, 100));
        tier.Models.ShouldBe(["a", "b*"]);
        (await admin.GetAsync($"tiers/{made.Id}")).Expect(HttpStatusCode.OK).Text.ShouldBe(made.Text);
        (await admin.GetAsync("tiers/Complete")).Id.ShouldBe(made.Id);
    }

    [Fact]
    public async Task Post_OnlyName_IsUnlimitedForAllModels()
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        var made = (await admin.PostAsync("tiers", """{"name":"Plain"}""")).Expect(HttpStatusCode.Created);

        made["requestsPerMinute"].ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        fixture.App.Configuration.Tiers[made.Id].Models.ShouldBe(["*"]);
    }

    [Fact]
    public async Task Post_NameTaken_RefusesNamingTheField()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        await admin.PostAsync("tiers", """{"name":"Taken"}""");

        (await admin.PostAsync("tiers", """{"name":"taken"}""")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "name");
    }

    [Fact]
    public async Task Post_SeveralFieldsWrong_NamesAll()
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        var answer = (await admin.PostAsync("tiers", """{"name":"","requestsPerMinute":0,"models":["a*b",null]}""")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "name");

        answer["error"].GetProperty("details").EnumerateArray().Select(detail => detail.GetProperty("param").GetString())
            .ShouldBe(["name", "requestsPerMinute", "models[0]", "models[1]"]);
    }

    [Fact]
    public async Task Patch_SomeFields_LeavesTheOthersAndClearsByNull()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        var made = await admin.PostAsync("tiers", """{"name":"Changing","requestsPerMinute":60,"tokensPerMinute":1000,"models":["a"]}""");

        (await admin.PatchAsync($"tiers/{made.Id}", """{"requestsPerMinute":null,"concurrency":5}""")).Expect(HttpStatusCode.OK);

        var tier = fixture.App.Configuration.Tiers[made.Id];
        (tier.RequestsPerMinute, tier.TokensPerMinute, tier.Concurrency).ShouldBe((null, 1000, 5));
        tier.Models.ShouldBe(["a"]);
    }

    [Fact]
    public async Task Patch_NothingSent_ChangesAndAuditsNothing()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        var made = await admin.PostAsync("tiers", """{"name":"Unchanged"}""");
        var revision = fixture.App.Configuration.Revision;

        (await admin.PatchAsync($"tiers/{made.Id}", "{}")).Expect(HttpStatusCode.OK);

        fixture.App.Configuration.Revision.ShouldBe(revision);
    }

    [Fact]
    public async Task Delete_Unused_RemovesIt()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        var made = await admin.PostAsync("tiers", """{"name":"Going"}""");

        (await admin.DeleteAsync($"tiers/{made.Id}")).Expect(HttpStatusCode.NoContent).Text.ShouldBeEmpty();

        (await admin.GetAsync($"tiers/{made.Id}")).ExpectError(HttpStatusCode.NotFound, "not_found");
        (await admin.DeleteAsync($"tiers/{made.Id}")).ExpectError(HttpStatusCode.NotFound, "not_found");
        (await admin.PatchAsync($"tiers/{made.Id}", "{}")).ExpectError(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Delete_InUse_ConflictsAndKeepsIt()
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        (await admin.DeleteAsync("tiers/Default")).ExpectError(HttpStatusCode.Conflict, "conflict");

        (await admin.GetAsync("tiers/Default")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task List_InPages_ShowsEachOnceInOrder()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        for (var i = 0; i < 5; i++) (await admin.PostAsync("tiers", $$"""{"name":"Page {{i}}"}""")).Expect(HttpStatusCode.Created);
        var all = (await admin.GetAsync("tiers?limit=200")).Ids;

        var seen = new List<string>();
        for (string? next = ""; next is not null;)
        {
            var page = (await admin.GetAsync($"tiers?limit=2&after={next}")).Expect(HttpStatusCode.OK);
            page.Ids.Count.ShouldBeLessThanOrEqualTo(2);
            seen.AddRange(page.Ids);
            next = page["next"].GetString();
            page["has_more"].GetBoolean().ShouldBe(next is not null);
        }

        seen.ShouldBe(all);
        seen.Count.ShouldBeGreaterThan(5);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=201", "limit")]
    [InlineData("limit=ten", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("nmae=x", "nmae")]
    public async Task List_BadQuery_RefusesNamingIt(string query, string param)
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        (await admin.GetAsync($"tiers?{query}")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", param);
    }
}
