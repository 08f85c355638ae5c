using LlmConsole.Core.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Support;

/// <summary>An SQLite database with the schema and nothing in it. It is made once and copied: to migrate takes longer than most tests, and is a matter of the storage's own.</summary>
internal static class FreshDatabase
{
    private static readonly Lazy<Task<byte[]>> Content = new(MakeAsync);

    /// <summary>Lays it into the data directory.</summary>
    public static async Task PutAsync(string dataDirectory) =>
        await File.WriteAllBytesAsync(Path.Combine(dataDirectory, StorageOptions.SqliteFileName), await Content.Value, CancellationToken.None);

    private static async Task<byte[]> MakeAsync()
    {
        var directory = Directory.CreateTempSubdirectory("llmconsole-fresh-");
        var options = StorageOptions.From(directory.FullName, null);
        await using (var services = new ServiceCollection().AddStorage(options).BuildServiceProvider()) await services.GetRequiredService<DatabaseStartup>().PrepareAsync(CancellationToken.None);

        // The last connection that closes takes what was written into the file itself.
        await using (var connection = new SqliteConnection(options.ConnectionString)) SqliteConnection.ClearPool(connection);
        var content = await File.ReadAllBytesAsync(options.SqliteFile!, CancellationToken.None);
        directory.Delete(recursive: true);
        return content;
    }
}
