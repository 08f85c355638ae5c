using System.Globalization;
using System.Reflection;
using System.Text;
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
    public async Task Prepare_ANewFile_IsWhatTheMigrationsMake()
    {
        await PrepareAsync(null);
        var other = StorageOptions.From(Path.Combine(_directory, "migrated"), null);
        Directory.CreateDirectory(other.DataDirectory);
        await using (var services = new ServiceCollection().AddStorage(other).BuildServiceProvider())
        {
            await using var db = await Context(services);
            await db.Database.MigrateAsync(Cancel);
        }

        var migrated = await ScriptAsync(other);
        var script = Path.Combine(Path.GetTempPath(), "schema.sqlite.sql");
        if (migrated != Schema.Sqlite()) await File.WriteAllTextAsync(script, migrated, Cancel);

        Schema.Sqlite().ShouldBe(migrated, $"The migrations make something else. What schema.sqlite.sql has to hold lies in {script}.");
        (await ScriptAsync(StorageOptions.From(_directory, null))).ShouldBe(migrated);
    }

    /// <summary>The statements that make a database: its tables and indexes, and the rows that it begins with.</summary>
    private static async Task<string> ScriptAsync(StorageOptions options)
    {
        await using var connection = await new DatabaseConnections(options).OpenAsync(Cancel);
        var objects = await connection.ListAsync($"SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY rowid", row => (Type: row.GetString(0), Name: row.GetString(1), Sql: row.GetString(2)), Cancel);
        var script = new StringBuilder();
        foreach (var (_, _, sql) in objects) script.Append(sql).Append(";\n");
        foreach (var (_, table, _) in objects.Where(one => one.Type == "table"))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT group_concat('quote(\"' || name || '\")', ' || '', '' || ') FROM pragma_table_info('{table}')";
            command.CommandText = $"SELECT {await command.ExecuteScalarAsync(Cancel)} FROM \"{table}\" ORDER BY rowid";
            await using var rows = await command.ExecuteReaderAsync(Cancel);
            while (await rows.ReadAsync(Cancel)) script.Append(CultureInfo.InvariantCulture, $"INSERT INTO \"{table}\" VALUES ({rows.GetString(0)});\n");
        }

        return script.ToString();
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
