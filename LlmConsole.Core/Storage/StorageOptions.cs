using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace LlmConsole.Core.Storage;

/// <summary>Where the state lives.</summary>
public sealed record StorageOptions
{
    public const string SqliteFileName = "llmconsole.db";

    /// <summary>For the SQLite file and the key ring.</summary>
    public required string DataDirectory { get; init; }
    public required string ConnectionString { get; init; }
    public bool IsPostgres { get; private init; }

    /// <summary>From the settings <c>Data:Directory</c> and <c>ConnectionStrings:Main</c>.</summary>
    /// <exception cref="ArgumentException">The connection string names neither database.</exception>
    public static StorageOptions From(string dataDirectory, string? connectionString)
    {
        var directory = Path.GetFullPath(dataDirectory);
        if (string.IsNullOrWhiteSpace(connectionString)) connectionString = $"Data Source={Path.Combine(directory, SqliteFileName)}";
        if (connectionString.Contains("Host=", StringComparison.OrdinalIgnoreCase))
        {
            CheckPostgres(connectionString);
            return new StorageOptions { DataDirectory = directory, ConnectionString = connectionString, IsPostgres = true };
        }

        var sqlite = new SqliteConnectionStringBuilder(connectionString) { ForeignKeys = true };
        if (sqlite.DataSource.Length == 0) throw new ArgumentException("Neither Host= (PostgreSQL) nor Data Source= (SQLite) stands in the connection string.", nameof(connectionString));
        return new StorageOptions { DataDirectory = directory, ConnectionString = sqlite.ToString() };
    }

    // A method of its own, so that the library is loaded by those who need it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CheckPostgres(string connectionString) => _ = new Npgsql.NpgsqlConnectionStringBuilder(connectionString);

    /// <summary>The SQLite file, or none.</summary>
    public string? SqliteFile => IsPostgres ? null : Path.GetFullPath(new SqliteConnectionStringBuilder(ConnectionString).DataSource);
}
