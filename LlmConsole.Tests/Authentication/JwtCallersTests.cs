using System.Security.Cryptography;
using System.Text;
using LlmConsole.Authentication;
using LlmConsole.Core.Wire;
using Microsoft.IdentityModel.Tokens;

namespace LlmConsole.Tests.Authentication;

public sealed class JwtCallersTests : IDisposable
{
    private readonly TestIssuer _issuer = new();
    private readonly Requests _requests;

    public JwtCallersTests() => _requests = new Requests(_issuer.Settings());

    [Theory]
    [InlineData("ten_acme")]
    [InlineData("Acme")]
    public async Task Resolve_ValidToken_IsTheTenantsCaller(string tenant)
    {
        var caller = await _requests.ResolveAsync($"Bearer {_issuer.Token(claims: [("tenant", tenant), ("sub", "ada")])}");

        caller.Tenant.Id.ShouldBe("ten_acme");
        caller.UserId.ShouldBe("ada");
        caller.Key.ShouldBeNull();
    }

    [Fact]
    public async Task Resolve_OtherClaimNames_AreTakenFromTheSettings()
    {
        var requests = new Requests(_issuer.Settings(("TenantClaim", "org"), ("UserClaim", "upn")));

        var caller = await requests.ResolveAsync($"Bearer {_issuer.Token(claims: [("org", "Acme"), ("upn", "ada@acme.example")])}");

        caller.UserId.ShouldBe("ada@acme.example");
    }

    [Fact]
    public async Task Resolve_Expired_RefusesAfterTheSkew()
    {
        var token = Token();
        _requests.Time.Advance(TimeSpan.FromSeconds(5 * 60 + 29));
        (await _requests.ResolveAsync($"Bearer {token}")).Tenant.Name.ShouldBe("Acme");

        _requests.Time.Advance(TimeSpan.FromSeconds(1));

        await RefusesAsync(ErrorCode.KeyExpired, token);
    }

    [Fact]
    public Task Resolve_NotYetValid_Refuses() => RefusesAsync(ErrorCode.KeyExpired, Token(token => token.NotBefore = Requests.Now.UtcDateTime.AddMinutes(1)));

    [Fact]
    public Task Resolve_NoExpiry_Refuses() => RefusesAsync(ErrorCode.InvalidApiKey, Token(token => token.Expires = null));

    [Fact]
    public Task Resolve_OtherAudience_Refuses() => RefusesAsync(ErrorCode.InvalidApiKey, Token(token => token.Audience = "somebody-else"));

    [Fact]
    public Task Resolve_OtherIssuer_Refuses() => RefusesAsync(ErrorCode.InvalidApiKey, Token(token => token.Issuer = "https://evil.example.com"));

    [Fact]
    public Task Resolve_SignedByAnotherKey_Refuses()
    {
        using var other = RSA.Create(2048);

        return RefusesAsync(ErrorCode.InvalidApiKey, _issuer.Token(signing: new SigningCredentials(new RsaSecurityKey(other) { KeyId = "k1" }, SecurityAlgorithms.RsaSha256), claims: [("tenant", "Acme")]));
    }

    [Fact]
    public Task Resolve_PublicKeyUsedAsSharedSecret_Refuses()
    {
        var secret = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(_issuer.Jwks)) { KeyId = "k1" };

        return RefusesAsync(ErrorCode.InvalidApiKey, _issuer.Token(signing: new SigningCredentials(secret, SecurityAlgorithms.HmacSha256), claims: [("tenant", "Acme")]));
    }

    [Fact]
    public Task Resolve_AlgorithmNone_Refuses()
    {
        var parts = Token().Split('.');
        var header = Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""");

        return RefusesAsync(ErrorCode.InvalidApiKey, $"{header}.{parts[1]}.");
    }

    [Fact]
    public Task Resolve_PayloadChanged_Refuses()
    {
        var parts = Token().Split('.');
        var payload = Base64UrlEncoder.Encode(Base64UrlEncoder.Decode(parts[1]).Replace("Acme", "Other", StringComparison.Ordinal));

        return RefusesAsync(ErrorCode.InvalidApiKey, $"{parts[0]}.{payload}.{parts[2]}");
    }

    [Theory]
    [InlineData("a.b.c")]
    [InlineData("..")]
    [InlineData("eyJhbGciOiJub25lIn0.bm90IGpzb24.")]
    public Task Resolve_NotAJwt_Refuses(string token) => RefusesAsync(ErrorCode.InvalidApiKey, token);

    [Fact]
    public Task Resolve_UnknownTenant_IsDenied() => RefusesAsync(ErrorCode.PermissionDenied, _issuer.Token(claims: [("tenant", "Nobody")]));

    [Fact]
    public Task Resolve_NoTenantClaim_IsDenied() => RefusesAsync(ErrorCode.PermissionDenied, _issuer.Token());

    [Fact]
    public async Task Resolve_SuspendedTenant_Refuses()
    {
        _requests.Suspend("Closed for the winter");

        await RefusesAsync(ErrorCode.TenantSuspended, Token());
    }

    [Fact]
    public Task Resolve_NoIssuerConfigured_Refuses() => Should.ThrowAsync<RefusalException>(() => new Requests().ResolveAsync($"Bearer {Token()}"));

    [Fact]
    public async Task Resolve_EllipticCurveKeyFromFile_IsAccepted()
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = curve.ExportParameters(false).Q;
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, $$"""{"keys":[{"kty":"EC","crv":"P-256","kid":"e1","x":"{{Base64UrlEncoder.Encode(point.X!)}}","y":"{{Base64UrlEncoder.Encode(point.Y!)}}"}]}""", TestContext.Current.CancellationToken);
        var requests = new Requests(TestIssuer.Read(("Issuer", TestIssuer.Name), ("Audience", TestIssuer.Audience), ("JwksFile", file)));
        File.Delete(file);

        var caller = await requests.ResolveAsync($"Bearer {_issuer.Token(signing: new SigningCredentials(new ECDsaSecurityKey(curve) { KeyId = "e1" }, SecurityAlgorithms.EcdsaSha256), claims: [("tenant", "Acme")])}");

        caller.Tenant.Name.ShouldBe("Acme");
    }

    [Fact]
    public async Task Resolve_VerifiedBefore_ChangedInOnePlace_Refuses()
    {
        var token = Token();
        await _requests.ResolveAsync($"Bearer {token}");
        var middle = token.Length - 100;

        await RefusesAsync(ErrorCode.InvalidApiKey, $"{token[..middle]}{(token[middle] == 'a' ? 'b' : 'a')}{token[(middle + 1)..]}");
        (await _requests.ResolveAsync($"Bearer {token}")).Tenant.Name.ShouldBe("Acme");
    }

    [Fact]
    public async Task Resolve_VerifiedBefore_StillExpires()
    {
        var token = Token(token => token.Expires = Requests.Now.UtcDateTime.AddMinutes(1));
        await _requests.ResolveAsync($"Bearer {token}");

        _requests.Time.Advance(TimeSpan.FromSeconds(90));

        await RefusesAsync(ErrorCode.KeyExpired, token);
    }

    [Fact]
    public async Task Resolve_VerifiedBefore_TenantIsLookedUpAnew()
    {
        var token = Token();
        await _requests.ResolveAsync($"Bearer {token}");

        _requests.Suspend("Closed for the winter");
        await RefusesAsync(ErrorCode.TenantSuspended, token);
        _requests.Rename("Other");
        await RefusesAsync(ErrorCode.PermissionDenied, token);
    }

    [Fact]
    public async Task Verify_SameToken_IsKnownForMinutesOnly()
    {
        var callers = new JwtCallers(_issuer.Settings(), _requests.Time);
        var token = Token(token => token.Expires = Requests.Now.UtcDateTime.AddHours(1));
        callers.Find(token).ShouldBeNull();

        var identity = await callers.VerifyAsync(token, TestContext.Current.CancellationToken);

        callers.Find(token).ShouldBeSameAs(identity);
        callers.Find(token.AsSpan(..^1)).ShouldBeNull();
        _requests.Time.Advance(VerifiedTokens.Longest);
        callers.Find(token).ShouldBeNull();
    }

    [Fact]
    public void Add_MoreTokensThanFit_ForgetsTheOldest()
    {
        var verified = new VerifiedTokens(_requests.Time);
        for (var i = 0; i <= VerifiedTokens.Most; i++) verified.Add($"token {i}", new JwtIdentity("tenant", "Acme", null, Requests.Now.AddHours(1)));

        (verified.Count, verified.Find("token 0"), verified.Find("token 1")?.Tenant).ShouldBe((VerifiedTokens.Most, null, "Acme"));
    }

    [Theory]
    [InlineData("k2")]
    [InlineData("../../k1")]
    public Task Resolve_NamesAnotherKey_RefusesThoughTheSignatureFits(string kid) => RefusesAsync(ErrorCode.InvalidApiKey, SignedAs(kid));

    [Fact]
    public Task Resolve_NameOfTheKeyIsALongText_Refuses() => RefusesAsync(ErrorCode.InvalidApiKey, SignedAs(new string('k', 300)));

    [Fact]
    public async Task Resolve_NamesNoKey_TriesThem() => (await _requests.ResolveAsync($"Bearer {SignedAs(null)}")).Tenant.Name.ShouldBe("Acme");

    public void Dispose() => _issuer.Dispose();

    private string SignedAs(string? kid)
    {
        var key = new RsaSecurityKey(_issuer.Key.Rsa) { KeyId = kid };
        return _issuer.Token(signing: new SigningCredentials(key, SecurityAlgorithms.RsaSha256), claims: [("tenant", "Acme")]);
    }

    private string Token(Action<SecurityTokenDescriptor>? with = null) => _issuer.Token(with, claims: [("tenant", "Acme")]);

    private async Task RefusesAsync(ErrorCode expected, string token)
    {
        var refusal = await Should.ThrowAsync<RefusalException>(() => _requests.ResolveAsync($"Bearer {token}"));
        refusal.Error.ShouldBe(expected);
        refusal.Message.ShouldNotContain(token);
    }
}
