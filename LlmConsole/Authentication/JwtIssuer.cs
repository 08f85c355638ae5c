using LlmConsole.Hosting;
using Microsoft.IdentityModel.Tokens;

namespace LlmConsole.Authentication;

/// <summary>An issuer whose JWTs open the API, from the settings <c>Authentication:Jwt:Issuers</c>.</summary>
internal sealed record JwtIssuer
{
    public const string Section = "Authentication:Jwt:Issuers";

    /// <summary>Must equal the token's <c>iss</c>.</summary>
    public required string Issuer { get; init; }

    /// <summary>Must be among the token's <c>aud</c>.</summary>
    public required string Audience { get; init; }

    /// <summary>Where the signing keys are discovered (OpenID Connect), or none when they are given.</summary>
    public Uri? Authority { get; init; }

    /// <summary>The signing keys, where they are given.</summary>
    public IReadOnlyList<SecurityKey> Keys { get; init; } = [];

    /// <summary>The claim that holds a tenant's id or name.</summary>
    public required string TenantClaim { get; init; }

    /// <summary>The claim that identifies the user.</summary>
    public required string UserClaim { get; init; }

    /// <summary>The configured issuers; what is wrong with them is added to <paramref name="problems"/>.</summary>
    public static IReadOnlyList<JwtIssuer> Read(IConfiguration configuration, List<string> problems)
    {
        var issuers = configuration.GetSection(Section).GetChildren().Select(section => Read(section, problems)).ToList();
        foreach (var twice in issuers.GroupBy(issuer => issuer.Issuer).Where(group => group.Key.Length > 0 && group.Count() > 1))
            problems.Add($"{SettingName.Of(Section)} names the issuer {twice.Key} twice. Keep one.");
        return issuers;
    }

    private static JwtIssuer Read(IConfigurationSection section, List<string> problems)
    {
        var authority = section["Authority"];
        Uri? url = null;
        if (authority is not null && (!Uri.TryCreate(authority, UriKind.Absolute, out url) || !(url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))))
            problems.Add($"{Name("Authority")} must be an https URL (http only on this machine).");

        var given = new[] { authority, section["JwksFile"], section["Jwks"] }.Count(value => value is not null);
        if (given != 1) problems.Add($"{SettingName.Of(section.Path)} needs exactly one of Authority, JwksFile and Jwks: that is where the signing keys come from.");
        return new JwtIssuer
        {
            Issuer = Required("Issuer"), Audience = Required("Audience"), Authority = url, Keys = ReadKeys(section, problems),
            TenantClaim = section["TenantClaim"] ?? "tenant", UserClaim = section["UserClaim"] ?? "sub",
        };

        string Name(string key) => SettingName.Of($"{section.Path}:{key}");

        string Required(string key)
        {
            if (string.IsNullOrWhiteSpace(section[key])) problems.Add($"{Name(key)} is missing: tokens are accepted only from a known issuer and for a known audience.");
            return section[key] ?? "";
        }
    }

    private static List<SecurityKey> ReadKeys(IConfigurationSection section, List<string> problems)
    {
        var setting = section["JwksFile"] is null ? "Jwks" : "JwksFile";
        if (section[setting] is not { } value) return [];
        try
        {
            var keys = new JsonWebKeySet(setting == "Jwks" ? value : File.ReadAllText(value)).GetSigningKeys();
            var usable = keys.Where(key => key is not SymmetricSecurityKey and not JsonWebKey { Kty: JsonWebAlgorithmsKeyTypes.Octet }).ToList();
            if (usable.Count == 0) problems.Add($"{SettingName.Of($"{section.Path}:{setting}")} holds no RSA or elliptic-curve signing key.");
            return usable;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or System.Text.Json.JsonException)
        {
            problems.Add($"{SettingName.Of($"{section.Path}:{setting}")} can't be read as a JSON Web Key Set: {e.Message}");
            return [];
        }
    }
}
