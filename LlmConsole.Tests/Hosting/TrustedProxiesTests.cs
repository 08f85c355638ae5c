using System.Text.Json;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Hosting;

public sealed class TrustedProxiesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.1", "https://gateway.example.com/")]
    [InlineData("127.0.0.0/8,10.0.0.0/8", "https://gateway.example.com/")]
    [InlineData("10.0.0.0/8", "http://127.0.0.1:")]
    [InlineData("", "http://127.0.0.1:")]
    public async Task Links_InErrors_FollowTrustedProxiesOnly(string trusted, string start)
    {
        await using var app = await RunningApp.StartAsync(("Hosting:TrustedProxies", trusted));

        (await LinkAsync(app, "gateway.example.com")).ShouldStartWith(start);
    }

    [Theory]
    [InlineData("gateway.example.com", "https://gateway.example.com/")]
    [InlineData("chat.example.net", "https://chat.example.net/")]
    [InlineData("evil.example.org", "https://127.0.0.1:")]
    public async Task Host_ThatAProxyPassesOn_MustBeAllowedToo(string forwarded, string start)
    {
        await using var app = await RunningApp.StartAsync(("Hosting:TrustedProxies", "127.0.0.1"), ("AllowedHosts", "gateway.example.com; *.example.net;127.0.0.1"));

        (await LinkAsync(app, forwarded)).ShouldStartWith(start);
    }

    [Theory]
    [InlineData("HTTPS", "https://gateway.example.com/")]
    [InlineData("http, https", "https://gateway.example.com/")]
    [InlineData("javascript", "http://gateway.example.com/")]
    [InlineData("https, file", "http://gateway.example.com/")]
    public async Task Scheme_ThatAProxyPassesOn_IsOneOfHttp(string forwarded, string start)
    {
        await using var app = await RunningApp.StartAsync(("Hosting:TrustedProxies", "127.0.0.1"));

        (await LinkAsync(app, "gateway.example.com", forwarded)).ShouldStartWith(start, Case.Insensitive);
    }

    private static async Task<string> LinkAsync(RunningApp app, string forwardedHost, string scheme = "https")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "v1/models");
        request.Headers.Add("X-Forwarded-For", "203.0.113.9");
        request.Headers.Add("X-Forwarded-Proto", scheme);
        request.Headers.Add("X-Forwarded-Host", forwardedHost);

        using var answer = await app.Http.SendAsync(request, Cancel);
        var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel)).RootElement.GetProperty("error");

        return error.GetProperty("doc_url").GetString()!;
    }
}
