namespace LlmConsole.Core.Storage;

/// <summary>What the migrations come to. To let Entity Framework find them loads it, and every type of the assembly.</summary>
internal static class Schema
{
    /// <summary>The last of the migrations, and how many there are.</summary>
    public static (string Last, int Count) Of(StorageOptions options) => options.IsPostgres ? ("20261128122234_FourthRelease", 4) : ("20261128122228_FourthRelease", 4);

    /// <summary>The statements that make an SQLite database what the migrations would make of it. A test says what they are to be when there is a migration more.</summary>
    public static string Sqlite()
    {
        using var text = new StreamReader(typeof(Schema).Assembly.GetManifestResourceStream("schema.sqlite.sql")!);
        return text.ReadToEnd();
    }
}
