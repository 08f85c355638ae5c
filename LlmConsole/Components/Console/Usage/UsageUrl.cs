using LlmConsole.Components.Shared;
using LlmConsole.Core.Metering;

namespace LlmConsole.Components.Console.Usage;

/// <summary>Where the figures of a group lead: to the same query as CSV, and to the calls behind it.</summary>
internal static class UsageUrl
{
    /// <summary>The same report from the admin API, as CSV.</summary>
    public static string Csv(TimeRange range, UsageDimension by, BreakdownFilter filter) => $"/admin/v1/usage?{Query(
    [
        ("from", TimeRange.Text(range.From)), ("to", TimeRange.Text(range.To)), ("groupBy", by.ToString().ToLowerInvariant()), ("format", "csv"),
        ("tenant", filter.TenantId), ("key", filter.KeyId), ("user", filter.UserId), ("model", filter.Model), ("task", filter.Task),
    ])}";

    /// <summary>The calls of a stretch of time that the filter leaves.</summary>
    public static string Requests(TimeRange range, BreakdownFilter filter) => $"/admin/requests?{Query(
    [
        ("from", TimeRange.Text(range.From)), ("to", TimeRange.Text(range.To)),
        ("tenant", filter.TenantId), ("key", filter.KeyId), ("user", filter.UserId), ("served", filter.Model), ("task", filter.Task),
    ])}";

    /// <summary>The filter, narrowed to one group.</summary>
    public static BreakdownFilter Narrowed(BreakdownFilter filter, UsageDimension by, string key) => by switch
    {
        UsageDimension.Tenant => filter with { TenantId = key },
        UsageDimension.Key => filter with { KeyId = key },
        UsageDimension.User => filter with { UserId = key },
        UsageDimension.Model => filter with { Model = key },
        UsageDimension.Task => filter with { Task = key },
        _ => filter,
    };

    /// <summary>The range, narrowed to one day when the groups are days.</summary>
    public static TimeRange Narrowed(TimeRange range, UsageDimension by, string key)
    {
        if (by != UsageDimension.Day || TimeRange.Read(key) is not { } day) return range;
        var (from, to) = (day > range.From ? day : range.From, day.AddDays(1) < range.To ? day.AddDays(1) : range.To);
        return new TimeRange(null, from, to);
    }

    private static string Query(IEnumerable<(string Name, string? Value)> values) =>
        string.Join('&', values.Where(value => !string.IsNullOrEmpty(value.Value)).Select(value => $"{value.Name}={Uri.EscapeDataString(value.Value!)}"));
}
