using LlmConsole.Core.Wire;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace LlmConsole.Authentication;

/// <summary>An issuer with its signing keys: given, or discovered and fetched anew when a token names one that isn't known.</summary>
internal sealed class TrustedIssuer(JwtIssuer issuer, TokenValidationParameters parameters, TimeProvider time)
{
    /// <summary>An issuer isn't asked more often than this, whatever keys tokens name.</summary>
    internal static readonly TimeSpan RenewInterval = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Documents of an issuer are a few kilobytes long.</summary>
    private static readonly HttpClient Http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(10) }) { MaxResponseContentBufferSize = 1024 * 1024, Timeout = Patience };

    private readonly Lock _lock = new();
    private volatile ConfigurationManager<OpenIdConnectConfiguration>? _discovery = issuer.Authority is { } authority ? Discover(authority) : null;
    private Task? _renewal;
    private long _renewed;

    public JwtIssuer Issuer => issuer;

    /// <summary>A token that says which key signed it is held against that one alone: an invented name costs no signature. Where either side has no names, every key is tried.</summary>
    /// <exception cref="RefusalException">The keys can't be fetched.</exception>
    public async ValueTask<TokenValidationParameters> ParametersForAsync(JsonWebToken token, CancellationToken cancellation)
    {
        var keys = await KeysAsync(cancellation);
        var own = parameters.Clone();
        own.IssuerSigningKeys = keys;
        own.TryAllIssuerSigningKeys = string.IsNullOrEmpty(token.Kid) || keys.Any(key => string.IsNullOrEmpty(key.KeyId));
        return own;
    }

    /// <summary>Fetches the keys anew, for the issuer may sign with another one now; those who come meanwhile wait for the same. False where keys aren't discovered.</summary>
    public async ValueTask<bool> RenewKeysAsync(CancellationToken cancellation)
    {
        if (issuer.Authority is not { } authority) return false;
        Task renewal;
        lock (_lock)
        {
            if (_renewal is null || time.GetElapsedTime(_renewed) >= RenewInterval) (_renewal, _renewed) = (FetchAsync(authority), time.GetTimestamp());
            renewal = _renewal;
        }

        await renewal.WaitAsync(cancellation);
        return true;
    }

    private async Task FetchAsync(Uri authority)
    {
        var fresh = Discover(authority);
        using var limit = new CancellationTokenSource(Patience, time);
        try
        {
            await fresh.GetConfigurationAsync(limit.Token);
            _discovery = fresh;
        }
        catch (Exception e) when (IsUnreachable(e) || limit.IsCancellationRequested)
        {
            // The keys that are known stay good.
        }
    }

    /// <summary>Discovery happens at the first token, not at the start, so that an issuer that is down doesn't keep the gateway down.</summary>
    private async ValueTask<ICollection<SecurityKey>> KeysAsync(CancellationToken cancellation)
    {
        if (_discovery is not { } discovery) return [.. issuer.Keys];
        try
        {
            return (await discovery.GetConfigurationAsync(cancellation)).SigningKeys;
        }
        catch (Exception e) when (IsUnreachable(e))
        {
            throw new RefusalException(ErrorCode.Overloaded, "The signing keys of the token's issuer can't be fetched at the moment. Try again shortly, or use an API key.") { RetryAfter = TimeSpan.FromSeconds(5) };
        }
    }

    private static bool IsUnreachable(Exception error) => error is InvalidOperationException or IOException or HttpRequestException;

    private static ConfigurationManager<OpenIdConnectConfiguration> Discover(Uri authority) => new(
        $"{authority.ToString().TrimEnd('/')}/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever(), new HttpDocumentRetriever(Http) { RequireHttps = !authority.IsLoopback })
    {
        // A key that the issuer withdrew, perhaps because it leaked, is taken no longer than this.
        AutomaticRefreshInterval = TimeSpan.FromHours(1),
    };
}
