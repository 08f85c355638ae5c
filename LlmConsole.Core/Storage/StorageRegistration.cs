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
        if (options.IsPostgres)
        {
            var postgres = new DbContextOptionsBuilder<PostgresContext>().UseNpgsql(options.ConnectionString).Options;
            services.AddSingleton<IDbContextFactory<LlmConsoleDbContext>>(new ContextFactory(() => new PostgresContext(postgres)));
        }
        else
        {
            var sqlite = new DbContextOptionsBuilder<SqliteContext>()
                .UseSqlite(options.ConnectionString)
                .AddInterceptors(new SqlitePragmas())

                // Some of EF's table rebuilds can't run in one transaction on SQLite; the data directory's lock keeps others out meanwhile.
                .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.NonTransactionalMigrationOperationWarning))
                .Options;
            services.AddSingleton<IDbContextFactory<LlmConsoleDbContext>>(new ContextFactory(() => new SqliteContext(sqlite)));
        }

        services.AddScoped(provider => provider.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContext());
        services.AddSingleton<DatabaseStartup>();
        services.AddSingleton<DutyRoster>();
        foreach (var retention in retentions ?? []) services.AddSingleton(retention);
        services.AddHostedService<RetentionWorker>();
        return services;
    }

    private sealed class ContextFactory(Func<LlmConsoleDbContext> create) : IDbContextFactory<LlmConsoleDbContext>
    {
        public LlmConsoleDbContext CreateDbContext() => create();
    }
}
