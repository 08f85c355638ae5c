using LlmConsole.Core.Storage;

namespace LlmConsole.Hosting;

/// <summary>A setting whose name ends in <c>_FILE</c> is read from the file that it names: how container platforms hand over secrets.</summary>
internal static class SecretFiles
{
    public const string Suffix = "_FILE";

    public static void AddSecretFiles(this IConfigurationManager configuration)
    {
        var values = new Dictionary<string, string?>();
        foreach (var (key, path) in configuration.AsEnumerable().ToList())
        {
            if (!key.EndsWith(Suffix, StringComparison.Ordinal) || !key.Contains(':') || string.IsNullOrWhiteSpace(path)) continue;
            try
            {
                values[key[..^Suffix.Length]] = File.ReadAllText(path).TrimEnd('\r', '\n');
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new StartRefusedException($"{SettingName.Of(key)} names a file that can't be read: {e.Message}");
            }
        }

        configuration.AddInMemoryCollection(values);
    }
}
