using System.Globalization;
using System.Net;

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

    /// <summary>A number of days; none when it isn't set.</summary>
    public TimeSpan? Days(string key, long min, long max) => Number(key, 0, min, max) is > 0 and var days ? TimeSpan.FromDays(days) : null;

    public bool Flag(string key, bool fallback)
    {
        if (configuration[key] is not { Length: > 0 } text) return fallback;
        if (bool.TryParse(text, out var flag)) return flag;
        Problems.Add($"{SettingName.Of(key)} must be true or false.");
        return fallback;
    }

    /// <summary>What <paramref name="parse"/> makes of the setting, or null when it throws <see cref="ArgumentException"/>.</summary>
    /// <param name="expected">What to give instead.</param>
    public T? Parsed<T>(string key, Func<string?, T> parse, string expected) where T : class
    {
        try
        {
            return parse(configuration[key]);
        }
        catch (ArgumentException e)
        {
            // Messages of connection string parsers may quote the value, which may hold a password: only the kind of fault is told.
            Problems.Add($"{SettingName.Of(key)} can't be read{(e.ParamName is null ? "" : $" ({e.ParamName})")}: give {expected}.");
            return null;
        }
    }

    /// <summary>Networks as <c>10.0.0.0/8</c>, or single addresses, with commas between them.</summary>
    public IReadOnlyList<IPNetwork> Networks(string key)
    {
        var networks = new List<IPNetwork>();
        foreach (var text in (configuration[key] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (IPNetwork.TryParse(text, out var network)) networks.Add(network);
            else if (IPAddress.TryParse(text, out var address)) networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else Problems.Add($"{SettingName.Of(key)} must be networks such as 10.0.0.0/8 or addresses, separated by commas; {text} is neither.");
        }

        return networks;
    }

    /// <summary>Origins of pages such as <c>https://app.example.com</c>, with commas between them, or <c>*</c> for any.</summary>
    public IReadOnlyList<string> Origins(string key)
    {
        var origins = (configuration[key] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var origin in origins.Where(origin => origin != "*" && !(Uri.TryCreate(origin, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.GetLeftPart(UriPartial.Authority) == origin)))
            Problems.Add($"{SettingName.Of(key)} must be origins such as https://app.example.com, without a path and with commas between them, or *; {origin} is neither.");
        return origins;
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
