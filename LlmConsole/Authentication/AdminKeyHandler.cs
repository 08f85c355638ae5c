using System.Security.Claims;
using System.Text.Encodings.Web;
using LlmConsole.Api.Errors;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Telemetry;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace LlmConsole.Authentication;

/// <summary>Authenticates <c>llmc_admin_…</c> keys on the admin API. An admin key acts as an admin, never as an owner.</summary>
internal sealed class AdminKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, ConfigurationStore store, FailedCredentials failures)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "AdminKey";

    private RefusalException? _refusal;

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Authenticate());

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => ErrorAnswer.WriteAsync(Context, _refusal ?? AccessRefusals.NotSignedIn);

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => ErrorAnswer.WriteAsync(Context, AccessRefusals.OwnersOnly);

    private AuthenticateResult Authenticate()
    {
        try
        {
            var credential = Credential.Read(Request);
            return credential.IsEmpty ? AuthenticateResult.NoResult() : AuthenticateResult.Success(TicketOf(Find(credential.Span)));
        }
        catch (RefusalException refusal)
        {
            _refusal = refusal.Error == ErrorCode.InvalidApiKey ? failures.Refuse(CredentialMetrics.AdminKey, Context.Connection.RemoteIpAddress, refusal) : refusal;
            return AuthenticateResult.Fail(_refusal);
        }
    }

    private ApiKey Find(ReadOnlySpan<char> text)
    {
        if (!KeyFormat.Claims(text)) throw new RefusalException(ErrorCode.InvalidApiKey, "The credential is not a key of this gateway. The admin API takes an admin key, which begins with llmc_admin_.");
        var key = KeyCheck.Find(store.Current, text, TimeProvider.GetUtcNow());
        return key.Kind == ApiKeyKind.Admin
            ? key
            : throw new RefusalException(ErrorCode.PermissionDenied, "This is an API key for the chat API. The admin API takes an admin key, which begins with llmc_admin_.");
    }

    private static AuthenticationTicket TicketOf(ApiKey key)
    {
        var identity = new ClaimsIdentity(
        [
            new Claim(ClaimTypes.NameIdentifier, key.Id),
            new Claim(ClaimTypes.Name, key.Name),
            new Claim(ClaimTypes.Role, nameof(UserRole.Admin)),
            new Claim(Access.ActorKindClaim, "key"),
        ], Name);
        return new AuthenticationTicket(new ClaimsPrincipal(identity), Name);
    }
}

/// <summary>What the admin API says to those whom it doesn't let in.</summary>
internal static class AccessRefusals
{
    public static RefusalException NotSignedIn => new(ErrorCode.InvalidApiKey, "The admin API needs an admin key (llmc_admin_…) in Authorization: Bearer or x-api-key, or the session of a signed-in administrator.");

    public static RefusalException NotAllowed => new(ErrorCode.PermissionDenied, "Your role doesn't allow this. Ask an owner or an admin.");

    public static RefusalException OwnersOnly => new(ErrorCode.PermissionDenied, "An admin key can't do this. Sign in as an owner.");

    public static RefusalException OtherOrigin => new(ErrorCode.PermissionDenied, "A session may change things only from this site's own pages. From a program, use an admin key.");
}
