using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Authentication;

/// <summary>
/// The users: who there are, and every change of them, with the rules (only owners touch owners, one active owner always remains) and the
/// audit log. Each call works on a database context of its own, so that long-lived circuits see what others changed.
/// </summary>
internal sealed class UserDirectory(IServiceScopeFactory scopes, DatabaseConnections connections, ConfigurationStore store, ConfigurationEditor editor, TimeProvider time)
{
    private volatile bool _hasOwner;

    /// <summary>Whether set-up is over. Once there is an owner, there always is one.</summary>
    public async ValueTask<bool> HasOwnerAsync(CancellationToken cancellation)
    {
        if (_hasOwner) return true;
        return _hasOwner = await connections.AnyAsync($"SELECT 1 FROM users WHERE role = {nameof(UserRole.Owner)} LIMIT 1", cancellation);
    }

    public async Task<IReadOnlyList<UserAccount>> ListAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = await scope.ServiceProvider.GetRequiredService<LlmConsoleDbContext>().Set<User>().AsNoTracking().OrderBy(user => user.NormalizedEmail).ToListAsync(cancellation);
        return [.. users.Select(UserAccount.Of)];
    }

    /// <exception cref="RefusalException">There is no such user.</exception>
    public async Task<UserAccount> GetAsync(string id, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var user = await scope.ServiceProvider.GetRequiredService<LlmConsoleDbContext>().Set<User>().AsNoTracking().SingleOrDefaultAsync(user => user.Id == id, cancellation);
        return UserAccount.Of(user ?? throw NotFound());
    }

    /// <summary>Creates the first owner; none when there already is an owner, also when two ask at the same time.</summary>
    /// <param name="actor">For the audit log; without one, the new owner.</param>
    /// <exception cref="ConfigurationInvalidException">Names what is wrong with address or password.</exception>
    public async Task<UserAccount?> CreateFirstOwnerAsync(string email, string password, Actor? actor, CancellationToken cancellation)
    {
        var tenants = store.Current.Tenants.Values;
        var tenant = tenants.FirstOrDefault(tenant => tenant.Name == Seed.DefaultName) ?? tenants.OrderBy(tenant => tenant.CreatedAt).FirstOrDefault();
        var owner = await ChangeAsync<UserAccount?>(async (users, db) =>
        {
            if (await Owners(db).AnyAsync(cancellation)) return null;
            var added = await AddAsync(users, new NewUser(email, password, UserRole.Owner, tenant?.Id));
            Audit(db, actor ?? new Actor("user", added.Id, added.Email), "create", null, added);
            return added;
        }, cancellation);
        if (owner is not null) _hasOwner = true;
        return owner;
    }

    /// <exception cref="ConfigurationInvalidException">Names every bad field.</exception>
    /// <exception cref="RefusalException">The editor may not make such a user.</exception>
    public async Task<UserAccount> CreateAsync(UserEditor by, NewUser user, CancellationToken cancellation)
    {
        Permit(by, user.Role, user.Role);
        return await ChangeAsync(async (users, db) =>
        {
            var created = await AddAsync(users, user);
            Audit(db, by.Actor, "create", null, created);
            return created;
        }, cancellation);
    }

    /// <summary>Changes address, role, tenant, or whether the account is disabled.</summary>
    /// <exception cref="ConfigurationInvalidException">Names every bad field.</exception>
    /// <exception cref="RefusalException">No such user, not permitted, or it is the last owner.</exception>
    public Task<UserAccount> UpdateAsync(UserEditor by, string id, Func<UserAccount, UserAccount> edit, CancellationToken cancellation) =>
        ChangeAsync(async (users, db) =>
        {
            var user = await users.FindByIdAsync(id) ?? throw NotFound();
            var before = UserAccount.Of(user);
            var after = edit(before) with { Id = before.Id, CreatedAt = before.CreatedAt };
            Permit(by, before.Role, after.Role);
            Refuse(UserRules.Check(store.Current, after));
            if (after.Role != UserRole.Owner || after.Disabled) await KeepAnOwnerAsync(db, before, cancellation);

            user.UserName = user.Email = after.Email;
            user.Role = after.Role;
            user.TenantId = after.TenantId;
            if (after.Disabled != before.Disabled) user.LockoutEnd = after.Disabled ? User.Forever : null;
            Require(after.Disabled && !before.Disabled ? await users.UpdateSecurityStampAsync(user) : await users.UpdateAsync(user));
            if (after != before) Audit(db, by.Actor, "update", before, after);
            return after;
        }, cancellation);

    /// <summary>Sets a new password, ends the user's sessions and any lockout after wrong passwords.</summary>
    public Task SetPasswordAsync(UserEditor by, string id, string password, CancellationToken cancellation) =>
        ChangeAsync(async (users, db) =>
        {
            var user = await users.FindByIdAsync(id) ?? throw NotFound();
            Permit(by, user.Role, user.Role);
            if (UserRules.Password(password) is { } problem) Refuse([problem]);
            user.PasswordHash = users.PasswordHasher.HashPassword(user, password);
            user.AccessFailedCount = 0;
            if (!user.IsDisabled) user.LockoutEnd = null;
            Require(await users.UpdateSecurityStampAsync(user));
            var account = UserAccount.Of(user);
            Audit(db, by.Actor, "password.reset", null, account);
            return account;
        }, cancellation);

    /// <summary>Removes the user, their conversations and sessions.</summary>
    /// <exception cref="RefusalException">No such user, not permitted, or it is the last owner.</exception>
    public Task DeleteAsync(UserEditor by, string id, CancellationToken cancellation) =>
        ChangeAsync(async (users, db) =>
        {
            var user = await users.FindByIdAsync(id) ?? throw NotFound();
            Permit(by, user.Role, user.Role);
            await KeepAnOwnerAsync(db, UserAccount.Of(user), cancellation);
            Require(await users.DeleteAsync(user));
            var account = UserAccount.Of(user);
            Audit(db, by.Actor, "delete", account, null);
            return account;
        }, cancellation);

    private async Task<UserAccount> AddAsync(UserManager<User> users, NewUser draft)
    {
        var user = new User
        {
            Id = Ids.New("usr", time), UserName = draft.Email, Email = draft.Email, Role = draft.Role, TenantId = draft.TenantId, CreatedAt = time.GetUtcNow(),
        };
        var account = UserAccount.Of(user);
        Refuse([.. UserRules.Check(store.Current, account), .. UserRules.Password(draft.Password) is { } problem ? [problem] : Array.Empty<Problem>()]);
        Require(await users.CreateAsync(user, draft.Password));
        return account;
    }

    private async Task<T> ChangeAsync<T>(Func<UserManager<User>, LlmConsoleDbContext, Task<T>> change, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<LlmConsoleDbContext>();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);

        // Takes the lock of this one row, so that changes of users happen one after another on every instance, and "is there another owner" stays true until the commit.
        await db.Set<ConfigurationRevision>().ExecuteUpdateAsync(set => set.SetProperty(revision => revision.Value, revision => revision.Value), cancellation);
        var result = await change(scope.ServiceProvider.GetRequiredService<UserManager<User>>(), db);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return result;
    }

    private static async Task KeepAnOwnerAsync(LlmConsoleDbContext db, UserAccount user, CancellationToken cancellation)
    {
        if (user.Role != UserRole.Owner || user.Disabled) return;
        var others = Owners(db).Where(other => other.Id != user.Id && (other.LockoutEnd == null || other.LockoutEnd < User.Forever));
        if (!await others.AnyAsync(cancellation)) throw new RefusalException(ErrorCode.Conflict, $"{user.Email} is the last active owner. Make somebody else an owner first.");
    }

    private static IQueryable<User> Owners(LlmConsoleDbContext db) => db.Set<User>().Where(user => user.Role == UserRole.Owner);

    private void Audit(LlmConsoleDbContext db, Actor actor, string action, UserAccount? before, UserAccount? after)
    {
        var user = (after ?? before)!;
        editor.Audit(db, actor, action, "user", user.Id, user.Email, before, after);
    }

    private static void Permit(UserEditor by, UserRole current, UserRole next)
    {
        if (!UserRules.MayTouch(by.Role, current, next)) throw new RefusalException(ErrorCode.PermissionDenied, "Only an owner may create, change or remove owners.");
    }

    private static void Refuse(IReadOnlyList<Problem> problems)
    {
        if (problems.Count > 0) throw new ConfigurationInvalidException(problems);
    }

    /// <summary>Our own rules ran before, so what is left for Identity to find is an address that somebody else has.</summary>
    private static void Require(IdentityResult result)
    {
        if (!result.Succeeded)
            throw new ConfigurationInvalidException([.. result.Errors.Select(ProblemOf).Distinct()]);

        static Problem ProblemOf(IdentityError error) => error.Code switch
        {
            nameof(IdentityErrorDescriber.DuplicateUserName) or nameof(IdentityErrorDescriber.DuplicateEmail) => new("email", "There is already a user with this e-mail address."),
            _ => new(error.Code.StartsWith("Password", StringComparison.Ordinal) ? "password" : "email", error.Description),
        };
    }

    private static RefusalException NotFound() => new(ErrorCode.NotFound, "There is no such user. It may have been deleted.");
}

/// <summary>Who changes users, and with which role.</summary>
internal sealed record UserEditor(Actor Actor, UserRole Role)
{
    public static readonly UserEditor System = new(Actor.System, UserRole.Owner);
}
