using System.Globalization;
using System.Text.RegularExpressions;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;

namespace LlmConsole.Components.Console.Requests;

/// <summary>The filters of the page of requests as a line of qualifiers: <c>status:429 model:gpt-4o latency:&gt;2s</c>. It says the same as the URL.</summary>
internal static partial class CallQuery
{
    /// <summary>In the order of the line; each is a value of the URL too.</summary>
    public static readonly IReadOnlyList<string> Names = ["tenant", "key", "user", "task", "model", "served", "outcome", "status", "cache", "is", "latency"];

    /// <summary>The line for the URL's values.</summary>
    public static string Text(IReadOnlyDictionary<string, string?> values, ConfigurationSnapshot snapshot) =>
        string.Join(' ', Names.Where(name => !string.IsNullOrEmpty(values.GetValueOrDefault(name))).Select(name => $"{name}:{Quoted(Shown(name, values[name]!, snapshot))}"));

    /// <summary>The URL's values for a line: all of <see cref="Names"/>, and <c>call</c> when the line holds the id of a request.</summary>
    /// <exception cref="FormatException">Says what can't be read, and what to write.</exception>
    public static IReadOnlyDictionary<string, string?> Read(string line, ConfigurationSnapshot snapshot)
    {
        var values = Names.Append("call").ToDictionary(name => name, _ => (string?)null);
        foreach (Match part in Part().Matches(line))
        {
            var (name, value) = (part.Groups["name"].Value.ToLowerInvariant(), part.Groups["value"].Value.Trim('"'));
            if (!part.Groups["name"].Success) values["call"] = part.Value;
            else if (!Names.Contains(name)) throw new FormatException($"{name} is no qualifier. There are {string.Join(", ", Names)}.");
            else values[name] = Value(name, value, snapshot);
        }

        return values;
    }

    /// <summary>The milliseconds of a latency such as <c>&gt;2s</c> or <c>&gt;500ms</c>; none when it can't be read.</summary>
    public static double? Milliseconds(string? latency)
    {
        if (Latency().Match(latency ?? "") is not { Success: true } match || !double.TryParse(match.Groups[1].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return null;
        return match.Groups[2].Value switch { "ms" => number, "m" => number * 60_000, _ => number * 1_000 };
    }

    private static string Value(string name, string value, ConfigurationSnapshot snapshot) => name switch
    {
        "tenant" => snapshot.Tenants.Values.FirstOrDefault(tenant => tenant.Id == value || tenant.Name.Equals(value, StringComparison.OrdinalIgnoreCase))?.Id ?? throw new FormatException($"There is no tenant {value}."),
        "key" => snapshot.Keys.Values.FirstOrDefault(key => key.Id == value || key.Name.Equals(value, StringComparison.OrdinalIgnoreCase))?.Id ?? throw new FormatException($"There is no key {value}."),
        "outcome" => OneOf<Outcome>(name, value),
        "cache" => OneOf<CacheVerdict>(name, value),
        "is" => OneOf<CallTrait>(name, value),
        "status" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 100 and < 600 ? value : throw new FormatException("Write a status as a number, such as status:429."),
        "latency" => Milliseconds(value) is not null ? value : throw new FormatException("Write a latency such as latency:>2s or latency:>500ms."),
        _ => value,
    };

    private static string OneOf<T>(string name, string value) where T : struct, Enum => Enum.GetNames<T>().FirstOrDefault(known => known.Equals(value, StringComparison.OrdinalIgnoreCase))?.ToLowerInvariant()
        ?? throw new FormatException($"{name}:{value} is unknown. There are {string.Join(", ", Enum.GetNames<T>().Select(known => known.ToLowerInvariant()))}.");

    private static string Shown(string name, string value, ConfigurationSnapshot snapshot) => name switch
    {
        "tenant" => snapshot.Tenants.GetValueOrDefault(value)?.Name ?? value,

        // Keys may share a name, and then only the id tells.
        "key" => snapshot.Keys.GetValueOrDefault(value) is { } key && snapshot.Keys.Values.Count(other => other.Name == key.Name) == 1 ? key.Name : value,
        _ => value,
    };

    private static string Quoted(string value) => value.Any(char.IsWhiteSpace) ? $"\"{value}\"" : value;

    [GeneratedRegex("""(?:(?<name>[A-Za-z]+):)?(?<value>"[^"]*"|\S+)""")]
    private static partial Regex Part();

    [GeneratedRegex(@"^>(\d+(?:\.\d+)?)(ms|s|m)$")]
    private static partial Regex Latency();
}
