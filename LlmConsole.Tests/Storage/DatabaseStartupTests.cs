using System.Reflection;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Storage;

public sealed class DatabaseStartupTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("llmconsole-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Prepare_Empty_MakesTheSchema_AndAgainChangesNothing(bool onPostgres)
    {
        var connection = onPostgres ? await postgres.NewEmptyDatabaseAsync() : null;

        await PrepareAsync(connection);
        await PrepareAsync(connection);

        await using var services = Services(connection);
        await using var db = await Context(services);
        (await db.Set<ConfigurationRevision>().SingleAsync(Cancel)).Value.ShouldBe(0);
        (await db.Database.GetPendingMigrationsAsync(Cancel)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Schema_Always_NamesTheMigrationsThatThereAre(bool onPostgres)
    {
        await using var services = Services(onPostgres ? "Host=localhost" : null);
        await using var db = await Context(services);

        var migrations = db.Database.GetMigrations().ToList();

        Schema.Of(services.GetRequiredService<StorageOptions>()).ShouldBe((migrations[^1], migrations.Count));
    }

    [Fact]
    public void Mappings_Always_AreNamedByTheirRooms()
    {
        var named = typeof(EntityMappingsAttribute).Assembly.GetCustomAttributes<EntityMappingsAttribute>().SelectMany(room => room.Mappings);

        var mappings = typeof(EntityMappingsAttribute).Assembly.GetTypes().Where(type => !type.IsAbstract && type.GetInterfaces().Any(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IEntityTypeConfiguration<>)));

        named.ShouldBe(mappings, ignoreOrder: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Prepare_MadeByANewerVersion_RefusesAndChangesNothing(bool onPostgres)
    {
        var connection = onPostgres ? await postgres.NewEmptyDatabaseAsync() : null;
        await PrepareAsync(connection);
        await ExecuteAsync(connection, "INSERT INTO \"__EFMigrationsHistory\" VALUES ('29990101000000_FromTheFuture', '99.0')");

        var refusal = await Should.ThrowAsync<StartRefusedException>(() => PrepareAsync(connection));

        refusal.Message.ShouldContain("newer version");
        await using var services = Services(connection);
        await using var db = await Context(services);
        (await db.Database.GetAppliedMigrationsAsync(Cancel)).ShouldContain("29990101000000_FromTheFuture");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Prepare_SomebodyElsesTables_RefusesAndChangesNothing(bool onPostgres)
    {
        var connection = onPostgres ? await postgres.NewEmptyDatabaseAsync() : null;
        await ExecuteAsync(connection, "CREATE TABLE invoices (id int)");

        var refusal = await Should.ThrowAsync<StartRefusedException>(() => PrepareAsync(connection));

        refusal.Message.ShouldContain("not LlmConsole's");
        refusal.Message.ShouldContain("ConnectionStrings__Main");
    }

    [Fact]
    public async Task Prepare_DamagedFile_RefusesAndLeavesItAsItIs()
    {
        var file = Path.Combine(_directory, StorageOptions.SqliteFileName);
        var garbage = new byte[8192];
        Random.Shared.NextBytes(garbage);
        await File.WriteAllBytesAsync(file, garbage, Cancel);

        var refusal = await Should.ThrowAsync<StartRefusedException>(() => PrepareAsync(null));

        refusal.Message.ShouldContain(file);
        (await File.ReadAllBytesAsync(file, Cancel)).ShouldBe(garbage);
    }

    [Fact]
    public async Task Prepare_ASecondInstanceOnTheSameFile_Refuses()
    {
        await using var first = Services(null);
        await first.GetRequiredService<DatabaseStartup>().PrepareAsync(Cancel);

        var refusal = await Should.ThrowAsync<StartRefusedException>(() => PrepareAsync(null));

        refusal.Message.ShouldContain("PostgreSQL");
    }

    [Fact]
    public async Task Prepare_Sqlite_UsesTheWriteAheadLogAndForeignKeys()
    {
        await PrepareAsync(null);
        await using var services = Services(null);
        await using var db = await Context(services);

        (await db.Database.SqlQueryRaw<string>("SELECT journal_mode AS Value FROM pragma_journal_mode").SingleAsync(Cancel)).ShouldBe("wal");
        (await db.Database.SqlQueryRaw<int>("SELECT foreign_keys AS Value FROM pragma_foreign_keys").SingleAsync(Cancel)).ShouldBe(1);
    }

    private async Task PrepareAsync(string? connection)
    {
        await using var services = Services(connection);
        await services.GetRequiredService<DatabaseStartup>().PrepareAsync(Cancel);
    }

    private async Task ExecuteAsync(string? connection, string sql)
    {
        await using var services = Services(connection);
        await using var db = await Context(services);
        await db.Database.ExecuteSqlRawAsync(sql, Cancel);
    }

    private ServiceProvider Services(string? connection) => new ServiceCollection().AddStorage(StorageOptions.From(_directory, connection)).BuildServiceProvider();

    private static Task<LlmConsoleDbContext> Context(ServiceProvider services) => services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(Cancel);
}
