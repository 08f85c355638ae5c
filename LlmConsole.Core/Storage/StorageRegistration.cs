using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Core.Storage;

public static class StorageRegistration
{
    /// <summary>The database that the connection string names: <c>Host=…</c> is PostgreSQL, <c>Data Source=…</c> is SQLite, none is SQLite in the data directory.</summary>
    /// <param name="retentions">What is deleted when it is old; none means nothing.</param>
    public static IServiceCollection AddStorage(this IServiceCollection services, StorageOptions options, IReadOnlyList<Retention>? retentions = null)
    {
        services.AddSingleton(options);
        services.AddSingleton<DatabaseConnections>();
        services.AddSingleton<IDbContextFactory<LlmConsoleDbContext>>(Contexts(options));
        services.AddScoped(provider => provider.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContext());
        services.AddSingleton<DatabaseStartup>();
        services.AddSingleton<DutyRoster>();
        foreach (var retention in retentions ?? []) services.AddSingleton(retention);
        services.AddHostedService<RetentionWorker>();
        return services;
    }

    private static ContextFactory Contexts(StorageOptions options) => options.IsPostgres ? Postgres(options) : Sqlite(options);

    // A method each, so that the other database's libraries aren't loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ContextFactory Postgres(StorageOptions options)
    {
        var postgres = new Lazy<DbContextOptions<PostgresContext>>(() => new DbContextOptionsBuilder<PostgresContext>().UseNpgsql(options.ConnectionString).AddInterceptors(new SleepingTransactionsInterceptor()).Options);
        return new ContextFactory(() => new PostgresContext(postgres.Value));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ContextFactory Sqlite(StorageOptions options)
    {
        var sqlite = new Lazy<DbContextOptions<SqliteContext>>(() => new DbContextOptionsBuilder<SqliteContext>()
            .UseSqlite(options.ConnectionString)
            .AddInterceptors(new SqlitePragmasInterceptor())

            // Some of EF's table rebuilds can't run in one transaction on SQLite; the data directory's lock keeps others out meanwhile.
            .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.NonTransactionalMigrationOperationWarning))
            .Options);
        return new ContextFactory(() => new SqliteContext(sqlite.Value));
    }

    private sealed class ContextFactory(Func<LlmConsoleDbContext> create) : IDbContextFactory<LlmConsoleDbContext>
    {
        public LlmConsoleDbContext CreateDbContext() => create();
    }
}
