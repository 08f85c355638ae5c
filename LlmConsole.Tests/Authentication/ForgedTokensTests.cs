using System.Net;
using System.Text;
using FsCheck.Fluent;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;

namespace LlmConsole.Tests.Authentication;

/// <summary>No token opens anything but what its issuer signed for it, whatever is done to it; and whatever is sent, the answer is a refusal, not a failure.</summary>
public sealed class ForgedTokensTests : IDisposable
{
    private readonly TestIssuer _issuer = new();

    public void Dispose() => _issuer.Dispose();

    [Fact]
    public async Task Answer_ToForgedTokens_IsTheRefusalThatTheyDeserve()
    {
        await using var app = await RunningApp.StartAsync(
            ("Authentication:Jwt:Issuers:0:Issuer", TestIssuer.Name), ("Authentication:Jwt:Issuers:0:Audience", TestIssuer.Audience), ("Authentication:Jwt:Issuers:0:Jwks", _issuer.Jwks), ("Limits:FailedCredentialsPerMinute", "0"));
        await app.PutAsync(app.Tenant() with { Id = "ten_acme", Name = "Acme" });
        var tokens = new ForgedTokens(_issuer, app.Services.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeSeconds());
        var (wrong, count) = (new List<string>(), 0);
        foreach (var token in tokens.All())
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "v1/models");
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token.Text}");
            using var answer = await app.Http.SendAsync(request, TestContext.Current.CancellationToken);
            var text = await answer.TextAsync();
            var isRight = token.Expected is { } expected ? (int)answer.StatusCode == expected.Status && text.Contains($"\"code\":\"{expected.Code}\"", StringComparison.Ordinal) : answer.IsSuccessStatusCode;
            if (!isRight) wrong.Add($"{token.Name}: {answer.StatusCode} {text}");
            count++;
        }

        wrong.ShouldBeEmpty();
        count.ShouldBeGreaterThan(150);
        using var endless = app.Client(new string('a', 1_000_000) + "." + new string('b', 40) + ".c");
        using var tooLarge = await endless.GetAsync(new Uri("v1/models", UriKind.Relative), TestContext.Current.CancellationToken);
        tooLarge.StatusCode.ShouldBe(HttpStatusCode.RequestHeaderFieldsTooLarge);
    }

    [Fact]
    public async Task Resolve_Forged_IsNeverTakenForAnother()
    {
        var requests = new Requests(_issuer.Settings());
        var tokens = new ForgedTokens(_issuer, Requests.Now.ToUnixTimeSeconds());
        var (ada, bob) = (tokens.Right("ada"), tokens.Right("bob"));
        foreach (var token in tokens.All())
        {
            (await OutcomeAsync(requests, bob)).ShouldBe("bob");
            for (var again = 0; again < 2; again++) (await OutcomeAsync(requests, token.Text)).ShouldBe(token.Expected?.Code ?? "ada", token.Name);
            (await OutcomeAsync(requests, ada)).ShouldBe("ada");
        }
    }

    [Fact]
    public void Resolve_Mutated_IsRefusedOrTheSameToken()
    {
        var requests = new Requests(_issuer.Settings());
        var tokens = new ForgedTokens(_issuer, Requests.Now.ToUnixTimeSeconds());
        var seeds = new Dictionary<string, string> { ["ada"] = tokens.Right("ada"), ["bob"] = tokens.Right("bob") };
        Prop.ForAll(Mutations.Of([.. seeds.Values]), bytes =>
        {
            var text = Encoding.Latin1.GetString(bytes);
            var outcome = OutcomeAsync(requests, text).GetAwaiter().GetResult();
            outcome.ShouldBeOneOf("invalid_api_key", "key_expired", "ada", "bob");
            if (seeds.TryGetValue(outcome, out var seed)) Meaning(text).ShouldBe(Meaning(seed));
            foreach (var (user, token) in seeds) OutcomeAsync(requests, token).GetAwaiter().GetResult().ShouldBe(user);
        }).Holds(500);
    }

    /// <summary>What is signed, and the bytes of the signature, which can be spelled in several ways.</summary>
    private static string Meaning(string token) =>
        token.Trim().Split('.') is [var header, var payload, var signature] ? $"{header}.{payload}.{Convert.ToHexString(Base64UrlEncoder.DecodeBytes(signature))}" : "";

    /// <summary>The user, or the code of the refusal. Anything else that is thrown is a failure.</summary>
    private static async Task<string> OutcomeAsync(Requests requests, string token)
    {
        try
        {
            return (await requests.ResolveAsync($"Bearer {token}")).UserId ?? "nobody";
        }
        catch (RefusalException refusal)
        {
            return refusal.Error.Code;
        }
    }
}
