using System.Net;
using System.Net.Http.Headers;
using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Authentication;

public sealed class FailedCredentialsTests : IDisposable
{
    private const string Office = "192.0.2.7";

    private readonly TestIssuer _issuer = new();
    private readonly Requests _requests;

    public FailedCredentialsTests() => _requests = new Requests(3, _issuer.Settings());

    [Fact]
    public async Task Resolve_TooManyWrongKeys_WaitsAndThenMayTryAgain()
    {
        await FailAsync(3);

        (await RefusesAsync(ErrorCode.RateLimitExceeded, Wrong())).RetryAfter.ShouldBe(TimeSpan.FromSeconds(20));
        _requests.Time.Advance(TimeSpan.FromSeconds(20));

        await RefusesAsync(ErrorCode.InvalidApiKey, Wrong());
        await RefusesAsync(ErrorCode.RateLimitExceeded, "llmc_live_short");
        await RefusesAsync(ErrorCode.RateLimitExceeded, "no credential of ours");
    }

    [Fact]
    public async Task Resolve_RightKeyFromThatAddress_GoesOn()
    {
        var (key, jwt) = (_requests.Issue(), Jwt("ada"));
        var token = _requests.Tokens.Issue(_requests.Store.Current.Keys.Values.Single(), Requests.Now.AddMinutes(5), [], null);
        await _requests.ResolveAsync($"Bearer {jwt}", from: Office);
        await FailAsync(3);

        (await _requests.ResolveAsync($"Bearer {key}", from: Office)).Key.ShouldNotBeNull();
        (await _requests.ResolveAsync($"Bearer {token}", from: Office)).Key.ShouldNotBeNull();
        (await _requests.ResolveAsync($"Bearer {jwt}", from: Office)).UserId.ShouldBe("ada");
    }

    [Fact]
    public async Task Resolve_NewJwtFromThatAddress_IsNotVerified()
    {
        await FailAsync(3);

        await RefusesAsync(ErrorCode.RateLimitExceeded, Jwt("ada"));
        (await _requests.ResolveAsync($"Bearer {Jwt("ada")}", from: "192.0.2.8")).UserId.ShouldBe("ada");
    }

    [Fact]
    public async Task Resolve_WrongJwts_CountToo()
    {
        var wrong = Jwt("ada").Split('.');
        for (var i = 0; i < 3; i++) await RefusesAsync(ErrorCode.InvalidApiKey, $"{wrong[0]}.{wrong[1]}.{wrong[1]}");

        await RefusesAsync(ErrorCode.RateLimitExceeded, Wrong());
    }

    [Fact]
    public async Task Resolve_OnlyExpired_IsAlwaysToldSo()
    {
        var (key, jwt) = (_requests.Issue(with: key => key with { ExpiresAt = Requests.Now }), Jwt("ada"));
        _requests.Time.Advance(TimeSpan.FromMinutes(10));

        for (var i = 0; i < 5; i++) await RefusesAsync(ErrorCode.KeyExpired, i % 2 == 0 ? key : jwt);
    }

    [Theory]
    [InlineData("192.0.2.7", "::ffff:192.0.2.7", true)]
    [InlineData("192.0.2.7", "192.0.2.8", false)]
    [InlineData("2001:db8:1:2::7", "2001:db8:1:2:ffff::1", true)]
    [InlineData("2001:db8:1:2::7", "2001:db8:1:3::7", false)]
    public void Guard_AnotherAddress_WaitsWithItsNetworkOnly(string first, string second, bool waits)
    {
        var failures = new FailedCredentials(1, _requests.Time);
        failures.Refused("password", IPAddress.Parse(first));

        var guard = () => failures.Guard("password", IPAddress.Parse(second));

        if (waits) guard.ShouldThrow<RefusalException>().Error.ShouldBe(ErrorCode.RateLimitExceeded);
        else guard.ShouldNotThrow();
    }

    [Fact]
    public void Count_MoreAddressesThanFit_ForgetsThoseOfLongAgo()
    {
        var failures = new FailedCredentials(1, new FakeTimeProvider());
        for (var i = 0; i <= FailedCredentials.MostAddresses; i++) failures.Refused("password", new IPAddress(i + 1));

        failures.Count.ShouldBe(FailedCredentials.MostAddresses);
        Should.NotThrow(() => failures.Guard("password", new IPAddress(1)));
        Should.Throw<RefusalException>(() => failures.Guard("password", new IPAddress(2)));
    }

    [Fact]
    public async Task Http_WrongKeysAndPasswords_CountTogetherAndRightKeysGoOn()
    {
        await using var app = await RunningApp.StartAsync(("Limits:FailedCredentialsPerMinute", "3"));
        var owner = await BrowserSession.CreateOwnerAsync(app);
        using var browser = new BrowserSession(app);
        var key = await app.IssueKeyAsync();
        (await browser.SignInAsync(owner.Email, "wrong password")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await GetAsync(app, "/admin/v1/keys", KeyFormat.Generate(ApiKeyKind.Admin))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await GetAsync(app, "/v1/models", Wrong())).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        foreach (var refused in new[] { await GetAsync(app, "/v1/models", Wrong()), await GetAsync(app, "/admin/v1/keys", Wrong()), await browser.SignInAsync(owner.Email) })
        {
            refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
            refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeInRange(1, 20);
        }

        (await GetAsync(app, "/v1/models", key)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var metrics = await app.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        metrics.ShouldContain("llmconsole_credentials_refused_total");
        metrics.ShouldContain("kind=\"password\",result=\"limited\"");
    }

    public void Dispose() => _issuer.Dispose();

    private static string Wrong() => KeyFormat.Generate(ApiKeyKind.Live);

    private static Task<HttpResponseMessage> GetAsync(RunningApp app, string path, string credential) =>
        app.Http.SendAsync(new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", credential) } }, TestContext.Current.CancellationToken);

    private string Jwt(string user) => _issuer.Token(claims: [("tenant", "Acme"), ("sub", user)]);

    private async Task FailAsync(int times)
    {
        for (var i = 0; i < times; i++) await RefusesAsync(ErrorCode.InvalidApiKey, Wrong());
    }

    private async Task<RefusalException> RefusesAsync(ErrorCode expected, string credential)
    {
        var refusal = await Should.ThrowAsync<RefusalException>(() => _requests.ResolveAsync($"Bearer {credential}", from: Office));
        refusal.Error.ShouldBe(expected);
        return refusal;
    }
}
