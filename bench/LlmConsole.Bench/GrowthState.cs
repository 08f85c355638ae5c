using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Bench;

/// <summary>How much there is.</summary>
/// <param name="Tenants">Each with as many of the keys.</param>
/// <param name="Records">Of the last 30 days.</param>
/// <param name="Entries">In the exact cache.</param>
internal sealed record GrowthSize(int Tenants, int Keys, int Records, int Entries)
{
    public override string ToString() => FormattableString.Invariant($"{Keys:N0} keys of {Tenants:N0} tenants, {Records:N0} usage records, {Entries:N0} answers in the cache");
}

/// <summary>
/// The data directory of a gateway with so much in it, made once and used again. Tenants and keys are written below the admin API, thousands at a time, and records by what
/// writes them in the product, roll-ups and all.
/// </summary>
internal sealed class GrowthState(string directory, GrowthSize size, int callers)
{
    /// <summary>Keys of one tenant that the load calls with.</summary>
    public const int KeysOfCaller = 10;

    private const int Models = 20, Chunk = 10_000, Batch = 50_000;
    private const string KeyIndex = "ix_usage_records_key_id_started_at";

    public string Directory => directory;

    public GrowthSize Size => size;

    /// <summary>A file with the keys that the load calls with, the same number of as many tenants whatever else there is.</summary>
    public string Callers => Path.Combine(directory, "callers");

    /// <summary>A file with a key of each other tenant, of which a tenth also look for messages that are worded alike.</summary>
    public string Others => Path.Combine(directory, "others");

    private StorageOptions Storage => StorageOptions.From(directory, null);

    private string Ready => Path.Combine(directory, "ready");

    /// <summary>Whether it was made before.</summary>
    public bool IsReady => File.Exists(Ready);

    /// <summary>Fills a database that the product has made, while nothing else uses it.</summary>
    /// <param name="tier">Of all tenants but a tenth of those who don't call.</param>
    public async Task FillAsync(string tier, string semanticTier)
    {
        var keys = await ConfigureAsync(tier, semanticTier);
        if (size.Records > 0) await RecordAsync(keys);
        await File.WriteAllTextAsync(Ready, "");
    }

    private async Task<List<(string Tenant, string Key)>> ConfigureAsync(string tier, string semanticTier)
    {
        await using var services = new ServiceCollection().AddStorage(Storage).BuildServiceProvider();
        var contexts = services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>();
        var (rows, all, calling, others) = (new List<object>(), new List<(string, string)>(), new List<string>(), new List<string>());
        for (var i = 0; i < size.Tenants; i++)
        {
            var calls = i < callers / KeysOfCaller;
            var tenant = new Tenant { Id = Ids.New("ten", TimeProvider.System), Name = $"tenant {i + 1}", TierId = calls || i % 10 > 0 ? tier : semanticTier, CreatedAt = DateTimeOffset.UtcNow };
            rows.Add(tenant);
            for (var j = 0; j < size.Keys / size.Tenants; j++)
            {
                var issued = IssuedKey.Create(ApiKeyKind.Live, $"key {j + 1}", tenant.Id, TimeProvider.System);
                rows.Add(issued.Key);
                all.Add((tenant.Id, issued.Key.Id));
                if (calls && j < KeysOfCaller) calling.Add(issued.Text);
                else if (!calls && j == 0) others.Add(issued.Text);
            }
        }

        foreach (var chunk in rows.Chunk(Chunk))
        {
            await using var db = await contexts.CreateDbContextAsync();
            db.ChangeTracker.AutoDetectChangesEnabled = false;
            db.AddRange(chunk);
            await db.SaveChangesAsync();
        }

        await File.WriteAllLinesAsync(Callers, calling);
        await File.WriteAllLinesAsync(Others, others);
        return all;
    }

    /// <summary>One index is left out meanwhile and made at the end: its pages are written all over, where all others grow at a few ends.</summary>
    private async Task RecordAsync(List<(string Tenant, string Key)> keys)
    {
        await using var services = new ServiceCollection().AddStorage(Storage).BuildServiceProvider();
        await using var db = await services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync();
        db.Database.SetCommandTimeout(TimeSpan.FromMinutes(10));
        var index = await db.Database.SqlQuery<string>($"""SELECT sql AS "Value" FROM sqlite_master WHERE name = {KeyIndex}""").SingleAsync();
        await db.Database.ExecuteSqlRawAsync($"DROP INDEX {KeyIndex}");
        await Seeding.SeedAsync(Storage, new Callers(keys, [.. Enumerable.Range(1, Models).Select(i => $"model-{i}")]), size.Records, Batch);
        await db.Database.ExecuteSqlRawAsync(index);
    }
}
