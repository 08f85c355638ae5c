using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Authentication;

public sealed class UserDirectoryTests : IAsyncLifetime
{
    private static readonly UserEditor Admin = new(new Actor("user", "usr_admin", "admin@example.com"), UserRole.Admin);
    private RunningApp _app = null!;
    private UserAccount _owner = null!;

    private UserDirectory Users => _app.Services.GetRequiredService<UserDirectory>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _app = await RunningApp.StartAsync();
        _owner = await BrowserSession.CreateOwnerAsync(_app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Change_LastOwner_Refuses()
    {
        await RefusesAsync(ErrorCode.Conflict, () => Users.DeleteAsync(UserEditor.System, _owner.Id, Cancellation));
        await RefusesAsync(ErrorCode.Conflict, () => Users.UpdateAsync(UserEditor.System, _owner.Id, user => user with { Role = UserRole.Admin }, Cancellation));
        await RefusesAsync(ErrorCode.Conflict, () => Users.UpdateAsync(UserEditor.System, _owner.Id, user => user with { Disabled = true }, Cancellation));

        var after = await Users.GetAsync(_owner.Id, Cancellation);
        after.ShouldBe(_owner with { CreatedAt = after.CreatedAt });
    }

    [Fact]
    public async Task Delete_OtherOwnerIsDisabled_StillTheLast()
    {
        var second = await BrowserSession.CreateUserAsync(_app, "second@example.com", UserRole.Owner);
        await Users.UpdateAsync(UserEditor.System, second.Id, user => user with { Disabled = true }, Cancellation);

        await RefusesAsync(ErrorCode.Conflict, () => Users.DeleteAsync(UserEditor.System, _owner.Id, Cancellation));
    }

    [Fact]
    public async Task Delete_TwoOwnersDeleteEachOtherAtOnce_OneRemains()
    {
        var second = await BrowserSession.CreateUserAsync(_app, "second@example.com", UserRole.Owner);

        var attempts = await Task.WhenAll(AttemptAsync(_owner.Id), AttemptAsync(second.Id));

        attempts.Count(succeeded => succeeded).ShouldBe(1);
        (await Users.ListAsync(Cancellation)).ShouldHaveSingleItem();

        async Task<bool> AttemptAsync(string id)
        {
            try
            {
                await Users.DeleteAsync(UserEditor.System, id, Cancellation);
                return true;
            }
            catch (RefusalException refusal) when (refusal.Error == ErrorCode.Conflict)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task Change_OwnerByAdmin_Refuses()
    {
        var viewer = await BrowserSession.CreateUserAsync(_app, "viewer@example.com", UserRole.Viewer);

        await RefusesAsync(ErrorCode.PermissionDenied, () => Users.UpdateAsync(Admin, _owner.Id, user => user with { Email = "me@example.com" }, Cancellation));
        await RefusesAsync(ErrorCode.PermissionDenied, () => Users.SetPasswordAsync(Admin, _owner.Id, BrowserSession.Password, Cancellation));
        await RefusesAsync(ErrorCode.PermissionDenied, () => Users.DeleteAsync(Admin, _owner.Id, Cancellation));
        await RefusesAsync(ErrorCode.PermissionDenied, () => Users.UpdateAsync(Admin, viewer.Id, user => user with { Role = UserRole.Owner }, Cancellation));
        (await Users.UpdateAsync(Admin, viewer.Id, user => user with { Role = UserRole.Admin }, Cancellation)).Role.ShouldBe(UserRole.Admin);
    }

    [Fact]
    public async Task CreateFirstOwner_ThereIsOne_CreatesNobody()
    {
        (await Users.CreateFirstOwnerAsync("eve@example.com", BrowserSession.Password, null, Cancellation)).ShouldBeNull();

        (await Users.ListAsync(Cancellation)).ShouldHaveSingleItem().Email.ShouldBe(_owner.Email);
    }

    [Fact]
    public async Task Create_AddressInUse_RefusesInAnyCase()
    {
        var refusal = await Should.ThrowAsync<ConfigurationInvalidException>(() => BrowserSession.CreateUserAsync(_app, "OWNER@example.com", UserRole.Viewer));

        refusal.Problems.ShouldHaveSingleItem().Field.ShouldBe("email");
    }

    [Fact]
    public async Task Changes_OfAnyKind_AreAuditedWithoutSecrets()
    {
        var user = await Users.CreateAsync(Admin, new NewUser("ada@example.com", BrowserSession.Password, UserRole.Viewer, null), Cancellation);
        await Users.UpdateAsync(Admin, user.Id, current => current with { Disabled = true }, Cancellation);
        await Users.SetPasswordAsync(Admin, user.Id, "another long one", Cancellation);
        await Users.DeleteAsync(Admin, user.Id, Cancellation);

        await using var db = await _app.Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(Cancellation);
        var entries = await db.Set<AuditEntry>().Where(entry => entry.ObjectId == user.Id).OrderBy(entry => entry.Id).ToListAsync(Cancellation);
        entries.Select(entry => entry.Action).ShouldBe(["create", "update", "password.reset", "delete"]);
        entries.ShouldAllBe(entry => entry.ActorName == "admin@example.com" && entry.ObjectKind == "user");
        string.Concat(entries.Select(entry => entry.Before + entry.After)).ShouldNotContain("password", Case.Insensitive);
    }

    [Fact]
    public async Task Changes_ThatCannotBeAudited_AreNotMade()
    {
        var viewer = await BrowserSession.CreateUserAsync(_app, "viewer@example.com", UserRole.Viewer);
        await using var db = await _app.Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(Cancellation);
        await db.Database.ExecuteSqlRawAsync("CREATE TRIGGER no_audit BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(ABORT, 'the log is full'); END", Cancellation);

        await Should.ThrowAsync<DbUpdateException>(() => BrowserSession.CreateUserAsync(_app, "ada@example.com", UserRole.Viewer));
        await Should.ThrowAsync<DbUpdateException>(() => Users.UpdateAsync(Admin, viewer.Id, current => current with { Role = UserRole.Admin }, Cancellation));
        await Should.ThrowAsync<DbUpdateException>(() => Users.DeleteAsync(Admin, viewer.Id, Cancellation));

        (await Users.ListAsync(Cancellation)).Select(user => (user.Email, user.Role)).ShouldBe([(_owner.Email, UserRole.Owner), (viewer.Email, UserRole.Viewer)]);
    }

    private static async Task RefusesAsync(ErrorCode expected, Func<Task> change) => (await Should.ThrowAsync<RefusalException>(change)).Error.ShouldBe(expected);
}
