using System.Security.Cryptography;
using System.Text;
using LlmConsole.Core.Wire;
using Microsoft.IdentityModel.Tokens;

namespace LlmConsole.Tests.Authentication;

/// <summary>A token, written by hand.</summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Expected">How it is refused; none if it is right, however odd.</param>
internal sealed record ForgedToken(string Name, string Text, ErrorCode? Expected);

/// <summary>Tokens of an issuer that its library wouldn't write. Where the signature isn't what is wrong, it fits.</summary>
/// <param name="now">Seconds since 1970.</param>
internal sealed class ForgedTokens(TestIssuer issuer, long now)
{
    private const string GoodHeader = """{"alg":"RS256","kid":"k1","typ":"JWT"}""";

    private string GoodPayload => Payload();

    /// <summary>A token that is right.</summary>
    public string Right(string user, string tenant = "Acme") => Signed(GoodHeader, Payload(("tenant", $"\"{tenant}\""), ("sub", $"\"{user}\"")));

    public IEnumerable<ForgedToken> All() => [.. Algorithms(), .. KeyNames(), .. Headers(), .. Identities(), .. Times(), .. Shapes()];

    private IEnumerable<ForgedToken> Algorithms()
    {
        foreach (var alg in (string[])["none", "None", "NONE", "nOnE", ""])
        {
            yield return Refused($"alg {alg}, no signature", $"{Part($$"""{"alg":"{{alg}}","kid":"k1"}""")}.{Part(GoodPayload)}.");
            yield return Refused($"alg {alg}, signed", Signed($$"""{"alg":"{{alg}}","kid":"k1"}""", GoodPayload));
        }

        foreach (var alg in (string[])["\"rs256\"", "\"Rs256\"", "\"RS256 \"", "\"RS1\"", "\"PS256\"", "\"ES256\"", "\"RS512\"", "\"EdDSA\"", "\"HS256\"", "\"dir\"", "\"RSA-OAEP\"", "null", "0", "[\"RS256\"]", "{}", "true", "\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\""])
            yield return Refused($"alg {alg}", Signed($$"""{"alg":{{alg}},"kid":"k1"}""", GoodPayload));
        yield return Refused("no alg", Signed("""{"kid":"k1"}""", GoodPayload));
        var key = issuer.Key.Rsa.ExportParameters(false);
        foreach (var (name, secret) in ((string, byte[])[])
                 [
                     ("the key set", Encoding.UTF8.GetBytes(issuer.Jwks)), ("the modulus", key.Modulus!), ("the PEM", Encoding.UTF8.GetBytes(issuer.Key.Rsa.ExportSubjectPublicKeyInfoPem())),
                     ("the DER", issuer.Key.Rsa.ExportSubjectPublicKeyInfo()), ("the key's name", "k1"u8.ToArray()), ("nothing", []),
                 ])
        {
            var signed = $"{Part("""{"alg":"HS256","kid":"k1"}""")}.{Part(GoodPayload)}";
            yield return Refused($"HS256 with {name}", $"{signed}.{Base64UrlEncoder.Encode(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(signed)))}");
        }
    }

    private IEnumerable<ForgedToken> KeyNames()
    {
        yield return new("no kid", Signed("""{"alg":"RS256"}""", GoodPayload), null);
        yield return new("empty kid", Signed("""{"alg":"RS256","kid":""}""", GoodPayload), null);
        foreach (var kid in (string[])["k2", "k1 ", " k1", "k1\\u0000", "../../k1", "/etc/passwd", "k1' OR '1'='1", "https://evil.example.com/k1", "\\ud83d\\ude00", new('k', 256), new('k', 257), new('k', 9_000)])
            yield return Refused($"kid {kid}", Signed($$"""{"alg":"RS256","kid":"{{kid}}"}""", GoodPayload));
        foreach (var kid in (string[])["1", "[\"k1\"]", "{\"k\":1}", "true"])
            yield return Refused($"kid {kid}", Signed($$"""{"alg":"RS256","kid":{{kid}}}""", GoodPayload));
    }

    /// <summary>Keys that the token brings along, and marks that a recipient must understand.</summary>
    private IEnumerable<ForgedToken> Headers()
    {
        using var other = RSA.Create(2048);
        var jwk = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(other.ExportParameters(false)));
        var own = $$"""{"kty":"RSA","n":"{{jwk.N}}","e":"{{jwk.E}}"}""";
        foreach (var header in (string[])[$"\"jwk\":{own}", "\"jku\":\"https://evil.example.com/keys\"", "\"x5u\":\"https://evil.example.com/cert\"", "\"x5c\":[\"AAAA\"]", "\"x5t\":\"AAAA\""])
        {
            yield return Refused($"another's key with {header}", Signed($$"""{"alg":"RS256",{{header}}}""", GoodPayload, other));
            yield return Refused($"another's key as k1 with {header}", Signed($$"""{"alg":"RS256","kid":"k1",{{header}}}""", GoodPayload, other));
        }

        foreach (var crit in (string[])["[\"exp\"]", "[\"b64\"],\"b64\":false", "[\"http://example.com/x\"],\"http://example.com/x\":true", "[]", "\"exp\"", "null", "1"])
            yield return Refused($"crit {crit}", Signed($$"""{"alg":"RS256","kid":"k1","crit":{{crit}}}""", GoodPayload));
        yield return Refused("alg twice, none last", Signed("""{"alg":"RS256","kid":"k1","alg":"none"}""", GoodPayload));
        yield return Refused("kid twice, another last", Signed("""{"alg":"RS256","kid":"k1","kid":"k2"}""", GoodPayload));
    }

    private IEnumerable<ForgedToken> Identities()
    {
        foreach (var iss in (string[])["\"https://evil.example.com\"", $"\"{TestIssuer.Name}/\"", $"\"{TestIssuer.Name.ToUpperInvariant()}\"", $"\" {TestIssuer.Name}\"", $"[\"{TestIssuer.Name}\"]", "\"\"", "null", "1", "{}"])
            yield return Refused($"iss {iss}", With("iss", iss));
        foreach (var aud in (string[])["\"somebody-else\"", "\"LLMCONSOLE\"", "\"llmconsole \"", "\"\"", "[]", "[\"x\"]", "[[\"llmconsole\"]]", "{\"llmconsole\":1}", "null", "1"])
            yield return Refused($"aud {aud}", With("aud", aud));
        yield return Refused("no iss", Without("iss"));
        yield return Refused("no aud", Without("aud"));
        yield return new("aud of several", With("aud", "[\"x\",\"llmconsole\"]"), null);
        yield return Refused("iss twice, another's last", Signed(GoodHeader, $"{GoodPayload[..^1]},\"iss\":\"https://evil.example.com\"}}"));
        yield return Refused("aud twice, another's last", Signed(GoodHeader, $"{GoodPayload[..^1]},\"aud\":\"somebody-else\"}}"));
        foreach (var tenant in (string[])["\"Nobody\"", "\"acme\\u0000\"", "\"\"", "null", "1", "[\"Acme\"]", "{\"name\":\"Acme\"}", "\"../Acme\""])
            yield return new($"tenant {tenant}", With("tenant", tenant), ErrorCode.PermissionDenied);
        yield return new("no tenant", Without("tenant"), ErrorCode.PermissionDenied);
        yield return new("tenant twice, unknown last", Signed(GoodHeader, $"{GoodPayload[..^1]},\"tenant\":\"Nobody\"}}"), ErrorCode.PermissionDenied);
    }

    private IEnumerable<ForgedToken> Times()
    {
        foreach (var exp in (string[])[$"{now - 31}", $"{now - 86_400}", "0", "1", "-1", "-9223372036854775808"]) yield return new($"exp {exp}", With("exp", exp), ErrorCode.KeyExpired);
        foreach (var exp in (string[])["\"soon\"", "\"\"", "null", "true", "[]", "{}", $"[{now + 600}]"]) yield return Refused($"exp {exp}", With("exp", exp));
        yield return Refused("no exp", Without("exp"));
        yield return new("exp twice, over last", Signed(GoodHeader, $"{GoodPayload[..^1]},\"exp\":{now - 3_600}}}"), ErrorCode.KeyExpired);
        yield return new("exp as a text", With("exp", $"\"{now + 600}\""), null);
        yield return new("exp with a fraction", With("exp", $"{now + 600}.5"), null);
        yield return new("exp far away", With("exp", "253402300799"), null);
        foreach (var nbf in (string[])[$"{now + 3_600}", "253402300799"]) yield return new($"nbf {nbf}", With("nbf", nbf), ErrorCode.KeyExpired);
        yield return new("nbf long ago", With("nbf", "-1"), null);
    }

    private IEnumerable<ForgedToken> Shapes()
    {
        var parts = Right("ada").Split('.');
        var others = Right("eve").Split('.');
        yield return Refused("another's payload", $"{parts[0]}.{others[1]}.{parts[2]}");
        yield return Refused("another's signature", $"{parts[0]}.{parts[1]}.{others[2]}");
        yield return Refused("segments turned round", $"{parts[1]}.{parts[0]}.{parts[2]}");
        foreach (var text in (string[])
                 [
                     "..", "...", $"{parts[0]}.{parts[1]}.", $".{parts[1]}.{parts[2]}", $"{parts[0]}..{parts[2]}", $"{parts[0]}.{parts[1]}", parts[0], $"{string.Join('.', parts)}.", $"{string.Join('.', parts)}.{parts[2]}.{parts[2]}", $"{parts[0]}.{parts[1]}.{parts[2][..^10]}",
                     $"{parts[0]}.{parts[1]}.{parts[2]}AAAA", $"{parts[0]}=.{parts[1]}.{parts[2]}", $"{parts[0]}+/.{parts[1]}.{parts[2]}", $"{parts[0]}.{parts[1]}%00.{parts[2]}", $"{parts[0][..^1]}.{parts[1]}.{parts[2]}", $"{parts[0]}.{parts[1]} .{parts[2]}",
                 ])
            yield return Refused("damaged", text);
        foreach (var json in (string[])["", "null", "1", "[]", "\"x\"", "{", "{}}", "{\"a\":1,}", $"{new string('[', 200)}{new string(']', 200)}", $$"""{"a":{{new string('[', 5_000)}}{{new string(']', 5_000)}}}""", $"\uFEFF{GoodPayload}"])
        {
            yield return Refused($"payload {json}", Signed(GoodHeader, json));
            yield return Refused($"header {json}", Signed(json == $"\uFEFF{GoodPayload}" ? $"\uFEFF{GoodHeader}" : json, GoodPayload));
        }

        yield return Refused("payload isn't UTF-8", SignedParts(Part(GoodHeader), Base64UrlEncoder.Encode([.. "{\"iss\":\""u8, 0xFF, 0xFE, .. "\"}"u8])));
        yield return Refused("header isn't UTF-8", SignedParts(Base64UrlEncoder.Encode([.. "{\"alg\":\"RS256\",\"kid\":\""u8, 0xC0, 0x80, .. "\"}"u8]), Part(GoodPayload)));
        yield return Refused("too long", Signed(GoodHeader, Payload(("x", $"\"{new string('x', 13_000)}\""))));
    }

    private static ForgedToken Refused(string name, string text) => new(name, text, ErrorCode.InvalidApiKey);

    private string With(string claim, string json) => Signed(GoodHeader, Payload((claim, json)));

    private string Without(string claim) => Signed(GoodHeader, Payload((claim, "")));

    /// <summary>The claims of a token that is right, but for these; without those that have no value.</summary>
    private string Payload(params ReadOnlySpan<(string Name, string Json)> changes)
    {
        var claims = new Dictionary<string, string>
        {
            ["iss"] = $"\"{TestIssuer.Name}\"", ["aud"] = $"\"{TestIssuer.Audience}\"", ["iat"] = $"{now - 60}", ["nbf"] = $"{now - 60}", ["exp"] = $"{now + 600}", ["tenant"] = "\"Acme\"", ["sub"] = "\"ada\"",
        };
        foreach (var (name, json) in changes) claims[name] = json;
        return $"{{{string.Join(',', claims.Where(claim => claim.Value.Length > 0).Select(claim => $"\"{claim.Key}\":{claim.Value}"))}}}";
    }

    private string Signed(string header, string payload, RSA? key = null) => SignedParts(Part(header), Part(payload), key);

    private string SignedParts(string header, string payload, RSA? key = null) =>
        $"{header}.{payload}.{Base64UrlEncoder.Encode((key ?? issuer.Key.Rsa).SignData(Encoding.ASCII.GetBytes($"{header}.{payload}"), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";

    private static string Part(string json) => Base64UrlEncoder.Encode(json);
}
