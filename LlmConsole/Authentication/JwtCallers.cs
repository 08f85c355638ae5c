using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace LlmConsole.Authentication;

/// <summary>Callers who present a JWT of a configured issuer. Only asymmetric algorithms are accepted, so that a public key can't be used to sign.</summary>
internal sealed class JwtCallers
{
    private const int MaxLength = 16_384;
    private const int MaxKeyIdLength = 256;
    private const string Critical = "crit";
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = MaxLength };
    private readonly Dictionary<string, TrustedIssuer> _issuers;
    private readonly VerifiedTokens _verified;
    private readonly TimeProvider _time;

    public JwtCallers(IReadOnlyList<JwtIssuer> issuers, TimeProvider time)
    {
        (_verified, _time) = (new VerifiedTokens(time), time);
        _issuers = issuers.ToDictionary(issuer => issuer.Issuer, Trust, StringComparer.Ordinal);
    }

    public static bool LooksLikeJwt(ReadOnlySpan<char> text) => text.Length <= MaxLength && text.Count('.') == 2;

    /// <summary>Whom the token names, if it was verified a moment ago.</summary>
    public JwtIdentity? Find(ReadOnlySpan<char> token) => _verified.Find(token);

    /// <summary>Whom the token names, once its signature is verified.</summary>
    /// <exception cref="RefusalException">The token is not valid here.</exception>
    public async ValueTask<JwtIdentity> VerifyAsync(string token, CancellationToken cancellation)
    {
        var (jwt, trusted) = Read(token);

        // Said before the signature is looked at: that costs nothing, and a client that must get a new token is told so however many it has sent.
        if (HasExpired(jwt.ValidTo)) throw Expired();
        var result = await _handler.ValidateTokenAsync(jwt, await trusted.ParametersForAsync(jwt, cancellation));
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException && await trusted.RenewKeysAsync(cancellation))
            result = await _handler.ValidateTokenAsync(jwt, await trusted.ParametersForAsync(jwt, cancellation));
        if (!result.IsValid) throw Refusal(result.Exception);

        var identity = new JwtIdentity(trusted.Issuer.TenantClaim, Claim(trusted.Issuer.TenantClaim), Claim(trusted.Issuer.UserClaim), new DateTimeOffset(jwt.ValidTo, TimeSpan.Zero));
        _verified.Add(token, identity);
        return identity;

        string? Claim(string name) => jwt.TryGetPayloadValue<string>(name, out var value) ? value : null;
    }

    /// <exception cref="RefusalException">The token names no tenant of this gateway.</exception>
    public static Caller CallerOf(JwtIdentity identity, ConfigurationSnapshot snapshot) =>
        identity.Tenant is { } name && snapshot.FindTenant(name) is { } tenant
            ? snapshot.CallerOf(tenant.Id, userId: identity.UserId)!
            : throw new RefusalException(ErrorCode.PermissionDenied, $"The token's claim {identity.TenantClaim} names no tenant of this gateway. Ask the administrator which tenant to use.");

    private (JsonWebToken Token, TrustedIssuer Trusted) Read(string text)
    {
        var token = _issuers.Count > 0 ? Parse(text) : null;
        if (token?.Issuer is not { } name || !_issuers.TryGetValue(name, out var trusted))
            throw new RefusalException(ErrorCode.InvalidApiKey, "The token comes from an issuer that this gateway doesn't trust. Use a token of a configured issuer, or an API key.");
        if (token.ValidTo == default) throw new RefusalException(ErrorCode.InvalidApiKey, "The token doesn't say until when it is valid. Get one that has an expiry (exp) from the issuer.");

        // What a token marks as critical must be understood, and nothing that could be marked is: RFC 7515, 4.1.11.
        return token.Kid?.Length > MaxKeyIdLength || token.TryGetHeaderValue<object>(Critical, out _) ? throw NotAccepted() : (token, trusted);
    }

    private JsonWebToken Parse(string text)
    {
        try
        {
            return _handler.ReadJsonWebToken(text);
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException)
        {
            throw new RefusalException(ErrorCode.InvalidApiKey, "The token is not a well-formed JWT. Send an API key or an unchanged token of a configured issuer.");
        }
    }

    private TrustedIssuer Trust(JwtIssuer issuer)
    {
        var parameters = new TokenValidationParameters
        {
            ValidIssuer = issuer.Issuer, ValidAudience = issuer.Audience, ValidAlgorithms = Algorithms,
            RequireSignedTokens = true, RequireExpirationTime = true, LifetimeValidator = IsWithinLifetime,
        };
        return new TrustedIssuer(issuer, parameters, _time);
    }

    private bool IsWithinLifetime(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters) =>
        expires is { } end && !HasExpired(end) && (notBefore is not { } start || start < _time.GetUtcNow().UtcDateTime + ClockSkew);

    private bool HasExpired(DateTime end) => end <= _time.GetUtcNow().UtcDateTime - ClockSkew;

    private static RefusalException Refusal(Exception? problem) => problem switch
    {
        SecurityTokenInvalidLifetimeException => Expired(),
        SecurityTokenInvalidAudienceException => new(ErrorCode.InvalidApiKey, "The token was issued for another audience. Get one for this gateway."),
        _ => NotAccepted(),
    };

    private static RefusalException Expired() => new(ErrorCode.KeyExpired, "The token has expired, or is not valid yet. Get a new one from the issuer.");

    private static RefusalException NotAccepted() => new(ErrorCode.InvalidApiKey, "The token's signature or algorithm isn't accepted. Get a token signed with RS, PS or ES by a key that the issuer publishes.");
}
