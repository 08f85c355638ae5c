using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace LlmConsole.Authentication;

/// <summary>Callers who present a JWT of a configured issuer. Only asymmetric algorithms are accepted, so that a public key can't be used to sign.</summary>
internal sealed class JwtCallers
{
    private const int MaxLength = 16_384;
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = MaxLength };
    private readonly Dictionary<string, TrustedIssuer> _issuers;
    private readonly TimeProvider _time;

    public JwtCallers(IReadOnlyList<JwtIssuer> issuers, TimeProvider time)
    {
        _time = time;
        _issuers = issuers.ToDictionary(issuer => issuer.Issuer, Trust, StringComparer.Ordinal);
    }

    public static bool LooksLikeJwt(ReadOnlySpan<char> text) => text.Length <= MaxLength && text.Count('.') == 2;

    /// <exception cref="RefusalException">The token is not valid here, or names no tenant of this gateway.</exception>
    public async ValueTask<Caller> ResolveAsync(string token, ConfigurationSnapshot snapshot, CancellationToken cancellation)
    {
        var trusted = FindIssuer(token);
        await trusted.FetchKeysAsync(cancellation);
        var result = await _handler.ValidateTokenAsync(token, trusted.Parameters);
        if (!result.IsValid) throw Refusal(result.Exception);

        var jwt = (JsonWebToken)result.SecurityToken;
        if (!jwt.TryGetPayloadValue<string>(trusted.Issuer.TenantClaim, out var name) || snapshot.FindTenant(name) is not { } tenant)
            throw new RefusalException(ErrorCode.PermissionDenied, $"The token's claim {trusted.Issuer.TenantClaim} names no tenant of this gateway. Ask the administrator which tenant to use.");
        jwt.TryGetPayloadValue<string>(trusted.Issuer.UserClaim, out var user);
        return snapshot.CallerOf(tenant.Id, userId: user)!;
    }

    private TrustedIssuer FindIssuer(string token)
    {
        try
        {
            if (_issuers.Count > 0 && _issuers.TryGetValue(_handler.ReadJsonWebToken(token).Issuer, out var trusted)) return trusted;
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException)
        {
            throw new RefusalException(ErrorCode.InvalidApiKey, "The token is not a well-formed JWT. Send an API key or an unchanged token of a configured issuer.");
        }

        throw new RefusalException(ErrorCode.InvalidApiKey, "The token comes from an issuer that this gateway doesn't trust. Use a token of a configured issuer, or an API key.");
    }

    private TrustedIssuer Trust(JwtIssuer issuer)
    {
        var parameters = new TokenValidationParameters
        {
            ValidIssuer = issuer.Issuer, ValidAudience = issuer.Audience, ValidAlgorithms = Algorithms,
            RequireSignedTokens = true, RequireExpirationTime = true, IssuerSigningKeys = issuer.Keys, LifetimeValidator = IsWithinLifetime,
        };
        if (issuer.Authority is not { } authority) return new TrustedIssuer(issuer, parameters);

        var document = $"{authority.ToString().TrimEnd('/')}/.well-known/openid-configuration";
        parameters.ConfigurationManager = new ConfigurationManager<OpenIdConnectConfiguration>(
            document, new OpenIdConnectConfigurationRetriever(), new HttpDocumentRetriever { RequireHttps = !authority.IsLoopback });
        return new TrustedIssuer(issuer, parameters);
    }

    private bool IsWithinLifetime(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        return expires is { } end && end > now - ClockSkew && (notBefore is not { } start || start < now + ClockSkew);
    }

    private static RefusalException Refusal(Exception? problem) => problem switch
    {
        SecurityTokenInvalidLifetimeException => new(ErrorCode.KeyExpired, "The token has expired, or is not valid yet. Get a new one from the issuer."),
        SecurityTokenInvalidAudienceException => new(ErrorCode.InvalidApiKey, "The token was issued for another audience. Get one for this gateway."),
        _ => new(ErrorCode.InvalidApiKey, "The token's signature or algorithm isn't accepted. Get a token signed with RS, PS or ES by a key that the issuer publishes."),
    };

    private sealed record TrustedIssuer(JwtIssuer Issuer, TokenValidationParameters Parameters)
    {
        /// <summary>Discovery happens at the first token, not at the start, so that an issuer that is down doesn't keep the gateway down.</summary>
        public async ValueTask FetchKeysAsync(CancellationToken cancellation)
        {
            if (Parameters.ConfigurationManager is not { } discovery) return;
            try
            {
                await discovery.GetBaseConfigurationAsync(cancellation);
            }
            catch (Exception e) when (e is InvalidOperationException or IOException or HttpRequestException)
            {
                throw new RefusalException(ErrorCode.Overloaded, "The signing keys of the token's issuer can't be fetched at the moment. Try again shortly, or use an API key.") { RetryAfter = TimeSpan.FromSeconds(5) };
            }
        }
    }
}
