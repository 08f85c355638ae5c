using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace LlmConsole.Core.Storage;

/// <summary>
/// Connections without Entity Framework, which takes longer to begin than all the rest of a start and holds a sixth of an idle process's memory: for what every start asks, what an instance with
/// nothing to do asks again and again, and what calls ask. They come from the pool that Entity Framework uses too.
/// </summary>
public class DatabaseConnections(StorageOptions options)
{
    public bool IsPostgres => options.IsPostgres;

    /// <summary>An open connection; its user disposes it.</summary>
    public virtual Task<DbConnection> OpenAsync(CancellationToken cancellation) => OpenAsync(Create(options.ConnectionString), cancellation);

    /// <summary>The same for those who can't wait otherwise.</summary>
    public DbConnection Open()
    {
        var connection = Create(options.ConnectionString);
        try
        {
            connection.Open();
            if (connection is SqliteConnection) SqlitePragmas.Apply(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Whether the database can be reached now, by a new connection.</summary>
    public async Task<bool> CanConnectAsync(CancellationToken cancellation)
    {
        try
        {
            await using var connection = await OpenAsync(options.IsPostgres ? NewPostgres(options.ConnectionString) : NewSqlite(options.ConnectionString), cancellation);
            return true;
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private static async Task<DbConnection> OpenAsync(DbConnection connection, CancellationToken cancellation)
    {
        try
        {
            await connection.OpenAsync(cancellation);
            if (connection is SqliteConnection) SqlitePragmas.Apply(connection);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private DbConnection Create(string connectionString) => options.IsPostgres ? Postgres(connectionString) : new SqliteConnection(connectionString);

    private static SqliteConnection NewSqlite(string connectionString) =>
        new(new SqliteConnectionStringBuilder(connectionString) { Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());

    // A method each, so that PostgreSQL's library is loaded by those who need it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static DbConnection Postgres(string connectionString)
    {
        var connection = Npgsql.NpgsqlFactory.Instance.CreateConnection();
        connection.ConnectionString = connectionString;
        return connection;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static DbConnection NewPostgres(string connectionString) => Postgres(new Npgsql.NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ToString());
}
