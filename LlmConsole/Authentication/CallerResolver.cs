using System.Globalization;
using System.Net;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Telemetry;
using LlmConsole.Core.Wire;

namespace LlmConsole.Authentication;

/// <summary>
/// Finds out who calls the gateway's API: an API key, a client token made with one, or a JWT of a configured issuer. It stands on the path of every call, so it runs
/// without ASP.NET's authentication, and a key costs one hash and one look-up, as does a JWT that was verified a moment ago.
/// </summary>
internal sealed class CallerResolver(ConfigurationStore store, JwtCallers jwt, ClientTokens tokens, FailedCredentials failures, TimeProvider time)
{
    private const string WhereToPut = "Send one in Authorization: Bearer or in x-api-key.";

    /// <summary>The caller, on the configuration of this moment.</summary>
    /// <exception cref="RefusalException">No credential, or one that doesn't open the API; the message says what to do.</exception>
    public ValueTask<Caller> ResolveAsync(HttpContext context, CancellationToken cancellation)
    {
        var credential = Credential.Read(context.Request);
        if (credential.IsEmpty) throw new RefusalException(ErrorCode.InvalidApiKey, $"The request has no API key. {WhereToPut}");
        if (KeyFormat.Claims(credential.Span) || !JwtCallers.LooksLikeJwt(credential.Span)) return ValueTask.FromResult(OfOurs(credential.Span, context));
        return jwt.Find(credential.Span) is { } known
            ? ValueTask.FromResult(Checked(JwtCallers.CallerOf(known, store.Current)))
            : OfTokenAsync(credential.ToString(), context.Connection.RemoteIpAddress, cancellation);
    }

    private Caller OfOurs(ReadOnlySpan<char> text, HttpContext context)
    {
        var isToken = ClientTokens.Claims(text);
        try
        {
            return Checked(isToken ? OfClientToken(text, context) : OfKey(text, context.Connection.RemoteIpAddress));
        }
        catch (RefusalException refusal) when (refusal.Error == ErrorCode.InvalidApiKey)
        {
            throw failures.Refuse(isToken ? CredentialMetrics.ClientToken : CredentialMetrics.Key, context.Connection.RemoteIpAddress, refusal);
        }
    }

    private Caller OfKey(ReadOnlySpan<char> text, IPAddress? from)
    {
        if (!KeyFormat.Claims(text))
            throw new RefusalException(ErrorCode.InvalidApiKey, $"The credential is neither an API key of this gateway (they begin with llmc_live_) nor a JWT. {WhereToPut}");
        var snapshot = store.Current;
        var key = KeyCheck.Find(snapshot, text, time.GetUtcNow());
        if (key.Kind == ApiKeyKind.Admin)
            throw new RefusalException(ErrorCode.PermissionDenied, "This is an admin key: it opens /admin/v1, not the chat API. Use an API key that begins with llmc_live_, which an administrator creates for a tenant.");
        return Of(snapshot, key, from);
    }

    private Caller OfClientToken(ReadOnlySpan<char> text, HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<OpenToClientTokens>() is null)
            throw new RefusalException(ErrorCode.PermissionDenied, "A client token only opens what asks a model, and the list of models. Use the API key itself, from a program that can keep it.");
        var snapshot = store.Current;
        var (key, models, userId) = tokens.Read(text, snapshot);
        return Of(snapshot, key, context.Connection.RemoteIpAddress) with { Models = models, UserId = userId };
    }

    private static Caller Of(ConfigurationSnapshot snapshot, ApiKey key, IPAddress? from)
    {
        if (key.IpAllow.Count > 0 && !AddressList.Contains(key.IpAllow, from))
            throw new RefusalException(ErrorCode.PermissionDenied, $"This API key may not be used from {from}. Use it from an address that it is bound to, or ask the administrator to add this one.");
        return snapshot.CallerOf(key.TenantId!, key)
            ?? throw new RefusalException(ErrorCode.InvalidApiKey, "The tenant of this API key was deleted. Ask the administrator for a key of another tenant.");
    }

    private async ValueTask<Caller> OfTokenAsync(string token, IPAddress? from, CancellationToken cancellation)
    {
        failures.Guard(CredentialMetrics.Jwt, from);
        try
        {
            return Checked(JwtCallers.CallerOf(await jwt.VerifyAsync(token, cancellation), store.Current));
        }
        catch (RefusalException refusal) when (refusal.Error == ErrorCode.InvalidApiKey)
        {
            throw failures.Refuse(CredentialMetrics.Jwt, from, refusal);
        }
    }

    private static Caller Checked(Caller caller)
    {
        if (caller.Tenant.Status != TenantStatus.Suspended) return caller;
        var reason = string.IsNullOrWhiteSpace(caller.Tenant.StatusReason) ? "" : $" {caller.Tenant.StatusReason.Trim().TrimEnd('.')}.";
        throw new RefusalException(ErrorCode.TenantSuspended, $"The tenant {caller.Tenant.Name} is suspended.{reason} Ask the administrator to resume it.");
    }
}

/// <summary>Whether a key may be used at a moment, for whatever it opens.</summary>
internal static class KeyCheck
{
    /// <exception cref="RefusalException">Mistyped, unknown, revoked or expired.</exception>
    public static ApiKey Find(ConfigurationSnapshot snapshot, ReadOnlySpan<char> text, DateTimeOffset now)
    {
        if (KnownKeys.TryFind(text, out var hash)) return Usable(snapshot.FindKey(hash), now);
        if (!KeyFormat.TryParse(text, out _))
            throw new RefusalException(ErrorCode.InvalidApiKey, "The API key is incomplete or mistyped: its checksum is wrong. Copy the whole key again.");

        hash = KeyHash.Of(text);
        var key = Usable(snapshot.FindKey(hash), now);
        KnownKeys.Add(text, hash);
        return key;
    }

    private static ApiKey Usable(ApiKey? key, DateTimeOffset now) => key?.StatusAt(now) switch
    {
        KeyStatus.Active => key,
        KeyStatus.Expired => throw new RefusalException(ErrorCode.KeyExpired, $"The API key expired on {key.ExpiresAt!.Value.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC. Ask the administrator for a new one."),
        _ => throw new RefusalException(ErrorCode.InvalidApiKey, "The API key is unknown here or was revoked. Check that it belongs to this gateway, or ask the administrator for a new one."),
    };
}
