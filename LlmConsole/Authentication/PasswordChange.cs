using System.Security.Claims;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using Microsoft.AspNetCore.Identity;

namespace LlmConsole.Authentication;

/// <summary>Changes the password of whoever is signed in. Wrong current passwords count against the lockout, as they do at sign-in.</summary>
internal sealed class PasswordChange(UserManager<User> users, SignInManager<User> session, LlmConsoleDbContext db, ConfigurationEditor editor)
{
    /// <summary>What is wrong with the input; nothing when the password was changed and this session goes on, while all others end.</summary>
    public async Task<IReadOnlyList<Problem>> ChangeAsync(ClaimsPrincipal principal, PasswordInput input, string? address, CancellationToken cancellation)
    {
        if (UserRules.Password(input.Password) is { } problem) return [problem];
        if (input.Password != input.Repeated) return [PasswordInput.Different];
        if (await users.GetUserAsync(principal) is not { } user) return [new("current", "This account was deleted.")];
        if (!(await session.CheckPasswordSignInAsync(user, input.Current, lockoutOnFailure: true)).Succeeded)
            return [new("current", "This is not your current password, or the account is locked for a few minutes after too many tries.")];

        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var result = await users.ChangePasswordAsync(user, input.Current, input.Password);
        if (!result.Succeeded) return [.. result.Errors.Select(error => new Problem("password", error.Description))];
        editor.Audit(db, principal.ToActor(address), "password.change", "user", user.Id, user.Email!, null, null);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        await session.RefreshSignInAsync(user);
        return [];
    }
}

/// <summary>The form to change a password.</summary>
internal sealed class PasswordInput
{
    public static readonly Problem Different = new("repeated", "The two passwords differ. Enter the same one twice.");

    public string Current { get; set; } = "";
    public string Password { get; set; } = "";
    public string Repeated { get; set; } = "";
}
