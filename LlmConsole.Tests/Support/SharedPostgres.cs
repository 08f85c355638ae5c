using LlmConsole.Core.Storage;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

[assembly: AssemblyFixture(typeof(LastPostgres))]

namespace LlmConsole.Tests.Support;

/// <summary>The PostgreSQL server that classes share, each test with databases of its own. Whoever takes it away from the app has a <see cref="PostgresServer"/> for themselves.</summary>
public sealed class SharedPostgres : IAsyncLifetime
{
    private static readonly Lazy<Task<PostgresServer>> Server = new(StartAsync);
    private static readonly Lazy<Task<string>> Migrated = new(MigrateAsync);

    private readonly List<string> _connections = [];
    private PostgresServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await Server.Value;

    /// <summary>A connection string to a new database with the schema and nothing in it; skips the test where there is no server.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        Needs.Postgres(_server.IsThere);
        return await NewDatabaseAsync(new NpgsqlConnectionStringBuilder(await Migrated.Value).Database);
    }

    /// <summary>A connection string to a new database in which there is nothing at all; skips the test where there is no server.</summary>
    public Task<string> NewEmptyDatabaseAsync() => NewDatabaseAsync(null);

    /// <inheritdoc cref="PostgresServer.RunToolAsync"/>
    public Task RunToolAsync(string program, string database, params string[] arguments) => _server.RunToolAsync(program, database, arguments);

    public ValueTask DisposeAsync()
    {
        foreach (var connection in _connections) NpgsqlConnection.ClearPool(new NpgsqlConnection(connection));
        return default;
    }

    internal static async ValueTask EndAsync()
    {
        if (Server.IsValueCreated) await (await Server.Value).DisposeAsync();
    }

    private async Task<string> NewDatabaseAsync(string? template)
    {
        var connection = await _server.NewDatabaseAsync(template);
        lock (_connections) _connections.Add(connection);
        return connection;
    }

    private static async Task<PostgresServer> StartAsync()
    {
        var server = new PostgresServer();
        await server.InitializeAsync();
        return server;
    }

    /// <summary>To migrate takes longer than most tests, and is a matter of the storage's own.</summary>
    private static async Task<string> MigrateAsync()
    {
        var connection = await (await Server.Value).NewDatabaseAsync();
        var directory = Directory.CreateTempSubdirectory("llmconsole-fresh-");
        await using (var services = new ServiceCollection().AddStorage(StorageOptions.From(directory.FullName, $"{connection};Pooling=false")).BuildServiceProvider())
            await services.GetRequiredService<DatabaseStartup>().PrepareAsync(CancellationToken.None);

        directory.Delete(recursive: true);
        return connection;
    }
}

/// <summary>Ends the shared server after the last test.</summary>
public sealed class LastPostgres : IAsyncDisposable
{
    public ValueTask DisposeAsync() => SharedPostgres.EndAsync();
}
