using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Storage;

/// <summary>Brings the database to this build's schema, one instance at a time; refuses a database that it doesn't understand, and then changes nothing.</summary>
public sealed class DatabaseStartup(DatabaseConnections connections, IDbContextFactory<LlmConsoleDbContext> contexts, StorageOptions options) : IDisposable
{
    private FileStream? _lock;

    /// <exception cref="StartRefusedException">The database can't be used; the message says why and what to do.</exception>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        CreateDirectories();
        LockSqlite();
        try
        {
            if (IsNew) await CreateAsync(cancellation);
            else if (!await IsCurrentAsync(cancellation)) await MigrateAsync(cancellation);
            if (!options.IsPostgres) await connections.ExecuteAsync($"PRAGMA journal_mode=WAL;", cancellation);
        }
        catch (DbException e)
        {
            throw new StartRefusedException($"The database {Describe()} can't be used: {e.Message} Check that it exists, is not damaged and may be written, or restore a backup.", e);
        }
    }

    public void Dispose() => _lock?.Dispose();

    private void CreateDirectories()
    {
        try
        {
            Directory.CreateDirectory(options.DataDirectory);
            if (options.SqliteFile is { } file) Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"The data directory can't be created: {e.Message} Set Data:Directory (Data__Directory) to a directory that may be written.", e);
        }
    }

    /// <summary>SQLite is for one instance. The lock goes with the process, however it ends.</summary>
    private void LockSqlite()
    {
        if (options.SqliteFile is not { } file) return;
        try
        {
            _lock = new FileStream(file + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"Another instance uses {file}, or it may not be written. SQLite is for one instance: stop the other one, or set ConnectionStrings:Main (ConnectionStrings__Main) to PostgreSQL.", e);
        }
    }

    private bool IsNew => options.SqliteFile is { } file && (!File.Exists(file) || new FileInfo(file).Length == 0);

    /// <summary>A new file is made at once, and without Entity Framework, what the migrations would make of it one after the other.</summary>
    private async Task CreateAsync(CancellationToken cancellation)
    {
        await using var connection = await connections.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = Schema.Sqlite();
        await command.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Asked without Entity Framework: nearly every start finds the database as the last one left it.</summary>
    private async Task<bool> IsCurrentAsync(CancellationToken cancellation)
    {
        await using var connection = await connections.OpenAsync(cancellation);
        var history = options.IsPostgres
            ? (FormattableString)$"SELECT 1 WHERE to_regclass('\"__EFMigrationsHistory\"') IS NOT NULL"
            : $"SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '__EFMigrationsHistory'";
        if (await connection.ValueAsync(history, cancellation) is null) return false;
        var applied = await connection.ListAsync($"SELECT \"MigrationId\" FROM \"__EFMigrationsHistory\" ORDER BY \"MigrationId\"", row => row.GetString(0), cancellation);
        var (last, count) = Schema.Of(options);
        return applied.Count == count && applied[^1] == last;
    }

    private async Task MigrateAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await CheckAsync(db, cancellation);
        if (!options.IsPostgres) await ReleaseStaleMigrationLockAsync(db, cancellation);
        await db.Database.MigrateAsync(cancellation);
    }

    private async Task CheckAsync(LlmConsoleDbContext db, CancellationToken cancellation)
    {
        var known = db.Database.GetMigrations().ToHashSet();
        var applied = (await db.Database.GetAppliedMigrationsAsync(cancellation)).ToList();
        var unknown = applied.Where(migration => !known.Contains(migration)).ToList();
        if (unknown.Count > 0)
            throw new StartRefusedException($"The database {Describe()} was made by a newer version of LlmConsole (it has {unknown[^1]}). Start that version, or restore a backup that this version made.");
        if (applied.Count == 0 && await HasTablesAsync(db, cancellation))
            throw new StartRefusedException($"The database {Describe()} holds tables that are not LlmConsole's. Point ConnectionStrings:Main (ConnectionStrings__Main) to an empty database.");
    }

    private async Task<bool> HasTablesAsync(LlmConsoleDbContext db, CancellationToken cancellation)
    {
        var sql = options.IsPostgres
            ? "SELECT count(*)::int AS \"Value\" FROM information_schema.tables WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_\\_EF%'"
            : "SELECT count(*) AS Value FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_\\_EF%' ESCAPE '\\'";
        return await db.Database.SqlQueryRaw<int>(sql).SingleAsync(cancellation) > 0;
    }

    /// <summary>A process that was killed while migrating leaves its row behind. The file lock says that nobody else is at it.</summary>
    private static async Task ReleaseStaleMigrationLockAsync(LlmConsoleDbContext db, CancellationToken cancellation)
    {
        try
        {
            await db.Database.ExecuteSqlRawAsync("DELETE FROM \"__EFMigrationsLock\"", cancellation);
        }
        catch (SqliteException)
        {
            // The table is there only after a first migration.
        }
    }

    private string Describe() => options.SqliteFile ?? new Npgsql.NpgsqlConnectionStringBuilder(options.ConnectionString).Database ?? "PostgreSQL";
}

/// <summary>The process must not start. The message is for the operator.</summary>
public sealed class StartRefusedException(string message, Exception? inner = null) : Exception(message, inner);
