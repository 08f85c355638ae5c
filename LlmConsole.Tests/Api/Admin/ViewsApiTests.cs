using System.Net;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Views;
using LlmConsole.Tests.Authentication;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api.Admin;

public sealed class ViewsApiTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private const string Refused = """{"name":"Refused","path":"/admin/requests","query":"?status=429"}""";

    [Fact]
    public async Task Views_OfAUser_AreListedReplacedAndDeletedByNobodyElse()
    {
        await BrowserSession.CreateOwnerAsync(fixture.App);
        using var ada = await SignInAsync("ada@example.com", UserRole.Viewer);
        using var bob = await SignInAsync("bob@example.com", UserRole.Admin);
        var (mine, others, key) = (new AdminClient(ada.Client), new AdminClient(bob.Client), await AdminClient.OfAsync(fixture.App));

        var saved = (await mine.PostAsync("views", Refused)).Expect(HttpStatusCode.Created);
        (await mine.PostAsync("views", """{"name":"Slow","query":"q=latency:%3E2s"}""")).Expect(HttpStatusCode.Created);
        var again = await mine.PostAsync("views", Refused.Replace("429", "500", StringComparison.Ordinal));
        (again.Id, again["query"].GetString()).ShouldBe((saved.Id, "status=500"));
        (await mine.GetAsync("views?path=/admin/requests&limit=1")).Ids.ShouldBe([saved.Id]);
        (await mine.GetAsync($"views?after={saved.Id}"))["data"][0].GetProperty("name").GetString().ShouldBe("Slow");

        (await others.GetAsync("views")).Ids.ShouldBeEmpty();
        (await others.DeleteAsync($"views/{saved.Id}")).ExpectError(HttpStatusCode.NotFound, "not_found");
        (await key.GetAsync("views")).ExpectError(HttpStatusCode.Forbidden, "permission_denied");
        (await mine.PostAsync("views", """{"query":""}""")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "name");
        (await mine.PostAsync("views", """{"name":"Tiers","path":"/admin/tiers"}""")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "path");
        (await mine.PostAsync("views", $$"""{"name":"Long","query":"{{new string('a', SavedViews.LongestQuery + 1)}}"}""")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "query");

        (await mine.DeleteAsync($"views/{saved.Id}")).Expect(HttpStatusCode.NoContent);
        (await mine.GetAsync("views")).Ids.Count.ShouldBe(1);

        // Saved at once under one name, they are one.
        foreach (var one in await Task.WhenAll(Enumerable.Range(0, 8).Select(i => others.PostAsync("views", $$"""{"name":"Same","query":"n={{i}}"}""")))) one.Expect(HttpStatusCode.Created);
        (await others.GetAsync("views")).Ids.ShouldHaveSingleItem();
    }

    private async Task<BrowserSession> SignInAsync(string email, UserRole role)
    {
        await BrowserSession.CreateUserAsync(fixture.App, email, role);
        var session = new BrowserSession(fixture.App);
        (await session.SignInAsync(email)).Dispose();
        session.Client.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");
        return session;
    }
}
