using System.Globalization;

namespace LlmConsole.Components.Shared;

/// <summary>A stretch of time as a page's URL says it: a preset that ends now, or from and to.</summary>
/// <param name="Name">The preset, such as <c>7d</c>; none for an absolute range.</param>
public sealed record TimeRange(string? Name, DateTimeOffset From, DateTimeOffset To)
{
    public TimeSpan Length => To - From;

    /// <summary>The range of these query values: absolute when both ends can be read and are in order, else the preset, else the first of the presets.</summary>
    public static TimeRange Of(string? name, string? from, string? to, IReadOnlyList<RangePreset> presets, DateTimeOffset now)
    {
        if (Read(from) is { } start && Read(to) is { } end && start < end) return new TimeRange(null, start, end);
        var preset = presets.FirstOrDefault(preset => preset.Name == name) ?? presets[0];
        return new TimeRange(preset.Name, now - preset.Length, now);
    }

    /// <summary>An instant as URLs write it.</summary>
    public static string Text(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static DateTimeOffset? Read(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment.ToUniversalTime() : null;
}

/// <summary>A range that a page offers.</summary>
/// <param name="Name">In the URL.</param>
/// <param name="Label">On the button.</param>
public sealed record RangePreset(string Name, string Label, TimeSpan Length);
