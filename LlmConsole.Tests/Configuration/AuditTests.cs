using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Configuration;

public sealed class AuditTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Save_NewKey_IsAuditedWithoutItsHash()
    {
        var key = fixture.App.KeyOf(await fixture.App.IssueKeyAsync());

        var entry = await EntryOfAsync(key.Id);

        entry.Action.ShouldBe("create");
        entry.After.ShouldNotBeNull().ShouldContain(key.Name);
        entry.After.ShouldNotContain("hash", Case.Insensitive);
    }

    [Fact]
    public async Task Save_NewProvider_IsAuditedWithoutItsCredential()
    {
        var provider = await fixture.App.CreateProviderAsync(new Uri("http://127.0.0.1:9/v1"), "sk-secret-1234567890");

        var entry = await EntryOfAsync(provider.Id);

        entry.After.ShouldNotBeNull().ShouldNotContain(provider.ProtectedApiKey!);
        entry.After.ShouldNotContain("sk-secret");
    }

    [Fact]
    public async Task Changes_OfAStretchOfTime_AreThoseThatSomebodyMadeAndCallsFeel()
    {
        var app = fixture.App;
        var time = app.Services.GetRequiredService<TimeProvider>();
        var (begin, somebody) = (time.GetUtcNow(), new Actor("user", "usr_ada", "ada@example.com"));
        var tier = await app.CreateTierAsync("Felt");
        await SaveAsync(tier with { Concurrency = 7 });
        await SaveAsync(app.KeyOf(await app.IssueKeyAsync()) with { Name = "Felt" });
        await SaveAsync(tier with { Concurrency = 8 });
        var audit = app.Services.GetRequiredService<AuditQueries>();

        var changes = await audit.ChangesAsync(begin.AddHours(-1), time.GetUtcNow().AddMinutes(1), 100, TestContext.Current.CancellationToken);

        // Without what the app began with, and the tier's creation, which are its own.
        changes.Select(change => (change.ObjectKind, change.ObjectName, change.Action, change.ActorName)).ShouldBe([("tier", "Felt", "update", somebody.Name), ("tier", "Felt", "update", somebody.Name)]);
        (await audit.ChangesAsync(begin.AddHours(-1), begin.AddMinutes(-30), 100, TestContext.Current.CancellationToken)).ShouldBeEmpty();
        (await audit.ChangesAsync(begin, begin.AddHours(1), 1, TestContext.Current.CancellationToken)).ShouldHaveSingleItem();

        Task SaveAsync<T>(T item) where T : class, IConfigured => app.Services.GetRequiredService<ConfigurationEditor>().SaveAsync(somebody, Change.Put(item), TestContext.Current.CancellationToken);
    }

    private async Task<AuditEntry> EntryOfAsync(string objectId)
    {
        await using var db = await fixture.App.Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
        return await db.Set<AuditEntry>().SingleAsync(entry => entry.ObjectId == objectId, TestContext.Current.CancellationToken);
    }
}
