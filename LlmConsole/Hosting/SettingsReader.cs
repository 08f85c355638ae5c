using System.Globalization;

namespace LlmConsole.Hosting;

/// <summary>Reads settings and collects what is wrong with them.</summary>
internal sealed class SettingsReader(IConfiguration configuration)
{
    public List<string> Problems { get; } = [];

    public long Number(string key, long fallback, long min, long max)
    {
        if (configuration[key] is not { Length: > 0 } text) return fallback;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max) return number;
        Problems.Add(string.Create(CultureInfo.InvariantCulture, $"{SettingName.Of(key)} must be a whole number between {min} and {max}."));
        return fallback;
    }

    public bool Flag(string key, bool fallback)
    {
        if (configuration[key] is not { Length: > 0 } text) return fallback;
        if (bool.TryParse(text, out var flag)) return flag;
        Problems.Add($"{SettingName.Of(key)} must be true or false.");
        return fallback;
    }

    /// <summary>What <paramref name="parse"/> makes of the setting, or null when it throws <see cref="ArgumentException"/>.</summary>
    public T? Parsed<T>(string key, Func<string?, T> parse) where T : class
    {
        try
        {
            return parse(configuration[key]);
        }
        catch (ArgumentException e)
        {
            // Messages of connection string parsers may quote the value, which may hold a password: only the kind of fault is told.
            Problems.Add($"{SettingName.Of(key)} can't be read{(e.ParamName is null ? "" : $" ({e.ParamName})")}: give Data Source=… for SQLite or Host=…;Database=…;Username=…;Password=… for PostgreSQL.");
            return null;
        }
    }

    /// <summary>The addresses to listen on.</summary>
    public void Addresses()
    {
        foreach (var address in (configuration["urls"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            try
            {
                var parsed = BindingAddress.Parse(address);
                if (parsed.Scheme is not ("http" or "https")) throw new FormatException();
            }
            catch (FormatException)
            {
                Problems.Add($"urls (ASPNETCORE_URLS) must be addresses such as http://0.0.0.0:8080, separated by semicolons; {address} is not one.");
            }
        }
    }
}

/// <summary>How messages name a setting: as in files, and as the environment variable.</summary>
internal static class SettingName
{
    public static string Of(string key) => $"{key} ({key.Replace(":", "__", StringComparison.Ordinal)})";
}
