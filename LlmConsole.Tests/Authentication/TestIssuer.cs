using System.Security.Cryptography;
using System.Text.Json;
using LlmConsole.Authentication;
using Microsoft.Extensions.Configuration;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace LlmConsole.Tests.Authentication;

/// <summary>An issuer of tokens with a key of its own.</summary>
internal sealed class TestIssuer(string keyId = "k1") : IDisposable
{
    public const string Name = "https://id.example.com";
    public const string Audience = "llmconsole";
    private readonly RSA _rsa = RSA.Create(2048);

    public RsaSecurityKey Key => new(_rsa) { KeyId = keyId };

    /// <summary>The public key, as a JSON Web Key Set.</summary>
    public string Jwks
    {
        get
        {
            var key = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(_rsa.ExportParameters(false)) { KeyId = keyId });
            return JsonSerializer.Serialize(new { keys = new[] { new { kty = key.Kty, kid = key.Kid, n = key.N, e = key.E } } });
        }
    }

    public IReadOnlyList<JwtIssuer> Settings(params (string Key, string Value)[] more) => Read([("Issuer", Name), ("Audience", Audience), ("Jwks", Jwks), .. more]);

    /// <summary>What the settings say, or the refusal to start that they cause.</summary>
    public static IReadOnlyList<JwtIssuer> Read(params (string Key, string Value)[] settings) => LlmConsole.Hosting.Settings.Read(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>($"Authentication:Jwt:Issuers:0:{setting.Key}", setting.Value))).Build()).JwtIssuers;

    /// <summary>A token that is right, but for what the caller changes.</summary>
    public string Token(Action<SecurityTokenDescriptor>? with = null, SigningCredentials? signing = null, params (string Name, object Value)[] claims)
    {
        var descriptor = new SecurityTokenDescriptor
        {
            Issuer = Name,
            Audience = Audience,
            NotBefore = Requests.Now.UtcDateTime.AddMinutes(-5),
            IssuedAt = Requests.Now.UtcDateTime.AddMinutes(-5),
            Expires = Requests.Now.UtcDateTime.AddMinutes(5),
            Claims = new Dictionary<string, object>(claims.Select(claim => KeyValuePair.Create(claim.Name, claim.Value))),
            SigningCredentials = signing ?? new SigningCredentials(Key, SecurityAlgorithms.RsaSha256),
        };
        with?.Invoke(descriptor);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(descriptor);
    }

    public void Dispose() => _rsa.Dispose();
}
