using System.Net;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Telemetry;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Identity;

namespace LlmConsole.Authentication;

/// <summary>
/// Signs in with e-mail address and password. Whoever fails learns nothing about which users exist: a wrong password, an unknown address, a
/// locked and a disabled account answer alike and cost one password hash each.
/// </summary>
internal sealed class PasswordSignIn(UserManager<User> users, SignInManager<User> session, IPasswordHasher<User> hasher, ConfigurationEditor editor, FailedCredentials failures)
{
    public const string FailureMessage = "The e-mail address and password don't match, or the account is locked for a few minutes after too many tries. Check both, or wait five minutes.";

    private static readonly SemaphoreSlim[] Turns = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];
    private static string? decoyHash;

    /// <summary>Whether the session was opened.</summary>
    /// <exception cref="RefusalException">Too many wrong credentials came from the address: nothing was tried.</exception>
    public async Task<bool> TryAsync(string email, string password, IPAddress? from, CancellationToken cancellation)
    {
        failures.Guard(CredentialMetrics.Password, from);

        // One try at a time for each address: tries sent at once would otherwise count as one against the lockout.
        var turn = Turns[(uint)StringComparer.OrdinalIgnoreCase.GetHashCode(email) % Turns.Length];
        await turn.WaitAsync(cancellation);
        try
        {
            var isIn = await TryInTurnAsync(email, password, from?.ToString(), cancellation);
            if (!isIn) failures.Refused(CredentialMetrics.Password, from);
            return isIn;
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<bool> TryInTurnAsync(string email, string password, string? address, CancellationToken cancellation)
    {
        var user = await users.FindByEmailAsync(email);
        if (user is null || await users.IsLockedOutAsync(user))
        {
            decoyHash ??= hasher.HashPassword(new User(), Guid.NewGuid().ToString());
            hasher.VerifyHashedPassword(new User(), decoyHash, password);
            return false;
        }

        var result = await session.CheckPasswordSignInAsync(user, password, lockoutOnFailure: true);
        if (result.IsLockedOut) await editor.AuditAsync(new Actor("user", user.Id, user.Email!, address), "sign-in.locked", "user", user.Id, user.Email!, null, null, cancellation);
        if (!result.Succeeded) return false;
        await session.SignInAsync(user, isPersistent: true);
        return true;
    }
}
