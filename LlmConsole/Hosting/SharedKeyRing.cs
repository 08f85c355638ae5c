using System.Xml.Linq;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace LlmConsole.Hosting;

/// <summary>
/// Data Protection's keys in PostgreSQL, so that every instance reads the secrets and sessions of every other. Keys that an earlier version left in
/// the data directory are taken over.
/// </summary>
internal sealed class SharedKeyRing(DatabaseConnections connections, StorageOptions storage) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        var kept = Read();
        if (kept.Count > 0) return kept;
        foreach (var (name, element) in InDirectory()) StoreElement(element, name);
        return Read();
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var connection = connections.Open();
        using var command = connection.Command($"INSERT INTO key_ring (name, content) VALUES ({friendlyName}, {element.ToString(SaveOptions.DisableFormatting)}) ON CONFLICT DO NOTHING");
        command.ExecuteNonQuery();
    }

    private List<XElement> Read()
    {
        using var connection = connections.Open();
        using var command = connection.Command($"SELECT content FROM key_ring WHERE name <> {KeyRingEntry.Canary} ORDER BY name");
        using var rows = command.ExecuteReader();
        var elements = new List<XElement>();
        while (rows.Read()) elements.Add(XElement.Parse(rows.GetString(0)));
        return elements;
    }

    private IEnumerable<(string Name, XElement Element)> InDirectory()
    {
        var directory = Path.Combine(storage.DataDirectory, "keys");
        if (!Directory.Exists(directory)) yield break;
        foreach (var file in Directory.EnumerateFiles(directory, "*.xml")) yield return (Path.GetFileNameWithoutExtension(file), XElement.Load(file));
    }
}

/// <summary>An instance whose key ring is another than that of the database must not start: it could read no secret, and would sign people out at random.</summary>
internal sealed class KeyRingCheck(DatabaseConnections connections, ISecretProtector secrets)
{
    private const string Purpose = "key-ring-canary";
    private const string Text = "this ring is that of the database";

    /// <exception cref="StartRefusedException">What the database's ring encrypted can't be read here.</exception>
    public async Task VerifyAsync(CancellationToken cancellation)
    {
        FormattableString ask = $"SELECT content FROM key_ring WHERE name = {KeyRingEntry.Canary}";
        if (await connections.ValueAsync(ask, cancellation) is not string canary)
        {
            // Of instances that start together, the first one's stands.
            await connections.ExecuteAsync($"INSERT INTO key_ring (name, content) VALUES ({KeyRingEntry.Canary}, {secrets.Protect(Purpose, Text)}) ON CONFLICT DO NOTHING", cancellation);
            canary = (string)(await connections.ValueAsync(ask, cancellation))!;
        }

        try
        {
            secrets.Unprotect(Purpose, canary);
        }
        catch (SecretUnreadableException e)
        {
            throw new StartRefusedException("The key ring of this instance is not the one that the database's secrets were encrypted with. Restore the table key_ring together with the rest of the database.", e);
        }
    }
}
