using LlmConsole.Core.Storage;
using LlmConsole.Tests.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Tests.Storage;

public sealed class DatabaseConnectionsTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_OnPostgres_TakesWhatEntityFrameworkGaveBack()
    {
        await using var database = await BooksDatabase.CreateAsync(postgres);
        object? before;
        await using (var db = await database.Contexts.CreateDbContextAsync(Cancellation))
        {
            await db.Database.OpenConnectionAsync(Cancellation);
            before = await db.Database.GetDbConnection().ValueAsync($"SELECT pg_backend_pid()", Cancellation);
        }

        (await database.Connections.ValueAsync($"SELECT pg_backend_pid()", Cancellation)).ShouldBe(before);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Value_TextWithBracesAndQuotes_IsNoPartOfTheStatement(bool onPostgres)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        const string text = "{0}'; DROP TABLE duties; --";

        await database.Connections.ExecuteAsync($"INSERT INTO duties (name, not_before) VALUES ({text}, {7L})", Cancellation);

        (await database.Connections.ValueAsync($"SELECT name FROM duties WHERE not_before = {7L}", Cancellation)).ShouldBe(text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CanConnect_ThereAndGone_Tells(bool onPostgres)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        var gone = onPostgres
            ? StorageOptions.From(database.Options.DataDirectory, "Host=127.0.0.1;Port=1;Timeout=1")
            : StorageOptions.From(Path.Combine(database.Options.DataDirectory, "gone"), null);

        (await database.Connections.CanConnectAsync(Cancellation)).ShouldBeTrue();
        (await new DatabaseConnections(gone).CanConnectAsync(Cancellation)).ShouldBeFalse();
    }

    [Fact]
    public async Task Open_OnSqlite_WaitsForLocksAndChecksForeignKeys()
    {
        await using var database = await BooksDatabase.CreateAsync();
        await using var connection = await database.Connections.OpenAsync(Cancellation);

        connection.ShouldBeOfType<SqliteConnection>();
        (await connection.ValueAsync($"PRAGMA busy_timeout", Cancellation)).ShouldBe(5_000L);
        (await connection.ValueAsync($"PRAGMA foreign_keys", Cancellation)).ShouldBe(1L);
        (await connection.ValueAsync($"PRAGMA synchronous", Cancellation)).ShouldBe(1L);
    }
}
