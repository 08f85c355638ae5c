namespace LlmConsole.Components.Shared;

/// <summary>The time zones that fields offer and browsers name.</summary>
internal static class TimeZones
{
    /// <summary>UTC, then IANA names of places.</summary>
    public static readonly IReadOnlyList<string> Names =
        ["UTC", .. TimeZoneInfo.GetSystemTimeZones().Select(zone => zone.Id).Where(id => id.Contains('/', StringComparison.Ordinal) && !id.StartsWith("Etc/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static readonly HashSet<string> Known = [.. Names];

    /// <summary>Chromium goes on calling places by their former names, which systems may have left out.</summary>
    private static readonly Dictionary<string, string> Renamed = new()
    {
        ["Africa/Asmera"] = "Africa/Asmara", ["America/Buenos_Aires"] = "America/Argentina/Buenos_Aires", ["America/Catamarca"] = "America/Argentina/Catamarca", ["America/Cordoba"] = "America/Argentina/Cordoba",
        ["America/Coral_Harbour"] = "America/Atikokan", ["America/Godthab"] = "America/Nuuk", ["America/Indianapolis"] = "America/Indiana/Indianapolis", ["America/Jujuy"] = "America/Argentina/Jujuy",
        ["America/Louisville"] = "America/Kentucky/Louisville", ["America/Mendoza"] = "America/Argentina/Mendoza", ["Asia/Calcutta"] = "Asia/Kolkata", ["Asia/Katmandu"] = "Asia/Kathmandu", ["Asia/Rangoon"] = "Asia/Yangon",
        ["Asia/Saigon"] = "Asia/Ho_Chi_Minh", ["Atlantic/Faeroe"] = "Atlantic/Faroe", ["Europe/Kiev"] = "Europe/Kyiv", ["Pacific/Enderbury"] = "Pacific/Kanton", ["Pacific/Ponape"] = "Pacific/Pohnpei", ["Pacific/Truk"] = "Pacific/Chuuk",
    };

    /// <summary>The zone of this name; the name may come from anywhere.</summary>
    public static TimeZoneInfo? Find(string? name)
    {
        var current = Renamed.GetValueOrDefault(name ?? "", name ?? "");
        return (Known.Contains(current) || (current.Length > 0 && current.All(char.IsAsciiLetter))) && TimeZoneInfo.TryFindSystemTimeZoneById(current, out var zone) ? zone : null;
    }
}
