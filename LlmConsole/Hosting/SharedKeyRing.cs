using System.Xml.Linq;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Hosting;

/// <summary>
/// Data Protection's keys in PostgreSQL, so that every instance reads the secrets and sessions of every other. Keys that an earlier version left in
/// the data directory are taken over.
/// </summary>
internal sealed class SharedKeyRing(IDbContextFactory<LlmConsoleDbContext> contexts, StorageOptions storage) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var db = contexts.CreateDbContext();
        var kept = Read(db);
        if (kept.Count > 0) return [.. kept.Select(XElement.Parse)];
        foreach (var (name, element) in InDirectory()) StoreElement(element, name);
        return [.. Read(db).Select(XElement.Parse)];
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var db = contexts.CreateDbContext();
        if (db.Set<KeyRingEntry>().Any(entry => entry.Name == friendlyName)) return;
        db.Add(new KeyRingEntry { Name = friendlyName, Content = element.ToString(SaveOptions.DisableFormatting) });
        db.SaveChanges();
    }

    private static List<string> Read(LlmConsoleDbContext db) =>
        [.. db.Set<KeyRingEntry>().AsNoTracking().Where(entry => entry.Name != KeyRingEntry.Canary).OrderBy(entry => entry.Name).Select(entry => entry.Content)];

    private IEnumerable<(string Name, XElement Element)> InDirectory()
    {
        var directory = Path.Combine(storage.DataDirectory, "keys");
        if (!Directory.Exists(directory)) yield break;
        foreach (var file in Directory.EnumerateFiles(directory, "*.xml")) yield return (Path.GetFileNameWithoutExtension(file), XElement.Load(file));
    }
}

/// <summary>An instance whose key ring is another than that of the database must not start: it could read no secret, and would sign people out at random.</summary>
internal sealed class KeyRingCheck(IDbContextFactory<LlmConsoleDbContext> contexts, ISecretProtector secrets)
{
    private const string Purpose = "key-ring-canary";
    private const string Text = "this ring is that of the database";

    /// <exception cref="StartRefusedException">What the database's ring encrypted can't be read here.</exception>
    public async Task VerifyAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var entry = await db.Set<KeyRingEntry>().AsNoTracking().SingleOrDefaultAsync(row => row.Name == KeyRingEntry.Canary, cancellation);
        if (entry is null)
        {
            // Of instances that start together, the first one's stands.
            await db.Database.ExecuteSqlAsync($"INSERT INTO key_ring (name, content) VALUES ({KeyRingEntry.Canary}, {secrets.Protect(Purpose, Text)}) ON CONFLICT DO NOTHING", cancellation);
            entry = await db.Set<KeyRingEntry>().AsNoTracking().SingleAsync(row => row.Name == KeyRingEntry.Canary, cancellation);
        }

        try
        {
            secrets.Unprotect(Purpose, entry.Content);
        }
        catch (SecretUnreadableException e)
        {
            throw new StartRefusedException("The key ring of this instance is not the one that the database's secrets were encrypted with. Restore the table key_ring together with the rest of the database.", e);
        }
    }
}
