using System.Text.RegularExpressions;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Hosting;

public sealed class PageHeadersTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private readonly RunningApp _app = fixture.App;

    [Theory]
    [InlineData("/setup")]
    [InlineData("/not-found")]
    [InlineData("/nowhere")]
    [InlineData("/docs/errors")]
    public async Task Page_Always_RunsNoInlineScriptAndStandsInNoFrame(string path)
    {
        var policy = await PolicyAsync(path);

        policy["script-src"].ShouldBe("'self'");
        policy["default-src"].ShouldBe("'self'");
        policy["img-src"].ShouldBe("'self' data:");
        (policy["frame-ancestors"], policy["object-src"], policy["base-uri"], policy["form-action"]).ShouldBe(("'none'", "'none'", "'self'", "'self'"));
    }

    /// <summary>It starts by a script within the page: that one may run, by a number that nobody can know before, and no other.</summary>
    [Fact]
    public async Task ApiReference_RunsItsOwnScriptAlone()
    {
        var (policy, page) = await ReadAsync("/docs/");

        var number = Regex.Match(policy["script-src"], "^'self' 'nonce-([A-Za-z0-9+/_=-]{20,})'$").Groups[1].Value;
        number.ShouldNotBeEmpty();
        var scripts = Regex.Matches(page, "<script[^>]*>").Select(script => script.Value).ToList();
        scripts.ShouldNotBeEmpty();
        scripts.ShouldAllBe(script => script.Contains($"nonce=\"{number}\""));
        policy["connect-src"].ShouldBe("'self'");
        (await PolicyAsync("/docs/"))["script-src"].ShouldNotContain(number);
    }

    [Theory]
    [InlineData("/admin/v1/tiers")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/favicon.svg")]
    public async Task Answer_OtherThanAPage_IsNotSniffed(string path)
    {
        using var answer = await _app.Http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        answer.Headers.GetValues("Referrer-Policy").ShouldBe(["same-origin"]);
    }

    [Theory]
    [InlineData(false, 401)]
    [InlineData(true, 200)]
    public async Task Answer_OfTheGatewaysApi_IsNotSniffed(bool hasKey, int status)
    {
        using var client = _app.Client(hasKey ? await _app.IssueKeyAsync() : null);

        using var answer = await client.GetAsync(new Uri("/v1/models", UriKind.Relative), TestContext.Current.CancellationToken);

        ((int)answer.StatusCode).ShouldBe(status);
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
    }

    private async Task<Dictionary<string, string>> PolicyAsync(string path) => (await ReadAsync(path)).Policy;

    private async Task<(Dictionary<string, string> Policy, string Page)> ReadAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "text/html" } } };
        using var answer = await _app.Http.SendAsync(request, TestContext.Current.CancellationToken);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        var policy = answer.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem().Split("; ").Select(directive => directive.Split(' ', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        return (policy, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
