using LlmConsole.Core.Storage;
using LlmConsole.Tests.Metering;
using Microsoft.Data.Sqlite;

namespace LlmConsole.Tests.Storage;

public sealed class SqliteLogTests
{
    private const int Megabyte = 1024 * 1024;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A start after a killed process reads all of the file.</summary>
    [Fact]
    public async Task Log_ThatGrewWhileSomebodyRead_IsCutWhenItIsTakenOver()
    {
        await using var database = await BooksDatabase.CreateAsync();
        await database.Connections.ExecuteAsync($"CREATE TABLE written (bytes BLOB)", Cancellation);
        var log = new FileInfo($"{database.Options.SqliteFile}-wal");
        await using (var reader = await database.Connections.OpenAsync(Cancellation))
        {
            await using var snapshot = ((SqliteConnection)reader).BeginTransaction(deferred: true);
            await reader.ValueAsync($"SELECT count(*) FROM written", Cancellation);
            for (var i = 0; i < 24; i++) await WriteAsync(Megabyte);
            Length().ShouldBeGreaterThan(SqlitePragmas.LogBytes);
        }

        // The first takes over what is there, the next begins anew.
        for (var i = 0; i < 3; i++) await WriteAsync(10);

        Length().ShouldBeLessThanOrEqualTo(SqlitePragmas.LogBytes);

        Task WriteAsync(int bytes) => database.Connections.ExecuteAsync($"INSERT INTO written (bytes) VALUES (randomblob({bytes}))", Cancellation);

        long Length()
        {
            log.Refresh();
            return log.Length;
        }
    }
}
