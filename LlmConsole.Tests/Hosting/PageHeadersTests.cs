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

    [Fact]
    public async Task ApiReference_WhichStartsByAnInlineScript_StillAsksNobodyElse()
    {
        var policy = await PolicyAsync("/docs/");

        policy["script-src"].ShouldBe("'self' 'unsafe-inline'");
        policy["connect-src"].ShouldBe("'self'");
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

    private async Task<Dictionary<string, string>> PolicyAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "text/html" } } };
        using var answer = await _app.Http.SendAsync(request, TestContext.Current.CancellationToken);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        return answer.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem().Split("; ").Select(directive => directive.Split(' ', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
    }
}
