using System.Security.Cryptography;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

[assembly: EntityMappings(typeof(CacheSecretMapping))]

namespace LlmConsole.Core.Caching;

/// <summary>The row that holds the secret with which all instances authenticate what they share, encrypted by the key ring.</summary>
public sealed record CacheSecretEntry
{
    public const int TheOne = 1;

    public int Id { get; init; } = TheOne;
    public required string ProtectedSecret { get; init; }
}

internal sealed class CacheSecretMapping : IEntityTypeConfiguration<CacheSecretEntry>
{
    public void Configure(EntityTypeBuilder<CacheSecretEntry> builder)
    {
        builder.ToTable("cache_secret");
        builder.Property(entry => entry.Id).ValueGeneratedNever();
    }
}

/// <summary>Reads that secret, or makes it: of several instances that make one at the same time, the first decides.</summary>
internal sealed class CacheSecret(IDbContextFactory<LlmConsoleDbContext> contexts, ISecretProtector protector)
{
    private const string Purpose = "cache-authentication";
    private const int Length = 32;

    /// <exception cref="SecretUnreadableException">The key ring was replaced.</exception>
    public async Task<byte[]> ReadAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var made = protector.Protect(Purpose, Convert.ToBase64String(RandomNumberGenerator.GetBytes(Length)));
        await db.Database.ExecuteSqlAsync($"INSERT INTO cache_secret (id, protected_secret) VALUES ({CacheSecretEntry.TheOne}, {made}) ON CONFLICT DO NOTHING", cancellation);
        var entry = await db.Set<CacheSecretEntry>().AsNoTracking().SingleAsync(cancellation);
        return Convert.FromBase64String(protector.Unprotect(Purpose, entry.ProtectedSecret));
    }
}
