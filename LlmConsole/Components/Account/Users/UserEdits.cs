using System.Security.Cryptography;
using LlmConsole.Authentication;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Components.Authorization;

namespace LlmConsole.Components.Account.Users;

/// <summary>Changes of users that a page makes, in the name of who is signed in. What is refused comes back as a problem of the form.</summary>
internal sealed class UserEdits(UserDirectory users, SignedInEditor me, AuthenticationStateProvider authentication)
{
    // Without what is easily misread: 0 O 1 l I.
    private const string Alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    /// <summary>A password that can't be guessed and can be read out: four groups of five characters.</summary>
    public static string GeneratePassword() => string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString(Alphabet, 5)));

    public async Task<UserRole> RoleAsync() => (await authentication.GetAuthenticationStateAsync()).User.Role();

    public Task<IReadOnlyList<UserAccount>> ListAsync() => users.ListAsync(CancellationToken.None);

    public Task CreateAsync(NewUser user) => RunAsync(by => users.CreateAsync(by, user, CancellationToken.None));

    public Task UpdateAsync(string id, Func<UserAccount, UserAccount> edit) => RunAsync(by => users.UpdateAsync(by, id, edit, CancellationToken.None));

    public Task SetPasswordAsync(string id, string password) => RunAsync(by => users.SetPasswordAsync(by, id, password, CancellationToken.None));

    public Task DeleteAsync(string id) => RunAsync(by => users.DeleteAsync(by, id, CancellationToken.None));

    /// <exception cref="ConfigurationInvalidException">A field is wrong, or the change isn't permitted.</exception>
    private async Task RunAsync(Func<UserEditor, Task> change)
    {
        var actor = await me.AuthorizeAsync(Access.Edit);
        try
        {
            await change(new UserEditor(actor, await RoleAsync()));
        }
        catch (RefusalException refusal)
        {
            throw new ConfigurationInvalidException([new Problem("", refusal.Message)]);
        }
    }
}

/// <summary>A password that was generated for a user, to be shown once.</summary>
public sealed record GeneratedPassword(string Email, string Password);
