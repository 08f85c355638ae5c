using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace LlmConsole.Core.Storage;

/// <summary>
/// The one database context. It names no room: each room maps its own entities and names the mappings with
/// <see cref="EntityMappingsAttribute"/>. Instants are stored as Unix milliseconds and money as nano-dollars, so that both databases sort, compare and sum
/// them alike; names are snake case, so that hand-written SQL reads the same on both.
/// </summary>
public abstract class LlmConsoleDbContext(DbContextOptions options) : DbContext(options)
{
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UnixMilliseconds>();
        configurationBuilder.Properties<Usd>().HaveConversion<NanoDollars>();
        configurationBuilder.Properties<Enum>().HaveConversion<string>().HaveMaxLength(32);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        EntityMappingsAttribute.ApplyAll(modelBuilder);
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            entity.SetTableName(SnakeCase(entity.GetTableName()!));
            foreach (var property in entity.GetProperties()) property.SetColumnName(SnakeCase(property.Name));
            foreach (var key in entity.GetKeys()) key.SetName(SnakeCase(key.GetName()!));
            foreach (var index in entity.GetIndexes()) index.SetDatabaseName(SnakeCase(index.GetDatabaseName()!));
        }
    }

    private static string SnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsUpper(name[i]) && i > 0 && (char.IsLower(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1]) && name[i - 1] != '_'))) text.Append('_');
            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }

    private sealed class UnixMilliseconds() : ValueConverter<DateTimeOffset, long>(
        value => value.ToUnixTimeMilliseconds(), value => DateTimeOffset.FromUnixTimeMilliseconds(value));

    private sealed class NanoDollars() : ValueConverter<Usd, long>(value => value.Nanos, value => new Usd(value));
}

/// <summary>The context with SQLite's migrations.</summary>
public sealed class SqliteContext(DbContextOptions<SqliteContext> options) : LlmConsoleDbContext(options);

/// <summary>The context with PostgreSQL's migrations.</summary>
public sealed class PostgresContext(DbContextOptions<PostgresContext> options) : LlmConsoleDbContext(options);
