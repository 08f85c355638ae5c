using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using Microsoft.AspNetCore.WebUtilities;

namespace LlmConsole.Api.Admin;

/// <summary>Usage in groups, a page of them. <see cref="Next"/> goes into <c>?after=</c> for the following page; it is null on the last.</summary>
/// <param name="From">The first hour.</param>
/// <param name="To">The hour after the last.</param>
/// <param name="Groups">How many there are in all.</param>
/// <param name="Total">The sums over all of them, whatever page this is.</param>
/// <param name="Data">Days in their order, anything else the dearest first.</param>
internal sealed record UsageReport(string Object, DateTimeOffset From, DateTimeOffset To, UsageDimension GroupBy, int Groups, UsageFigures Total, IReadOnlyList<UsageRow> Data, string? Next)
{
    [JsonPropertyName("has_more")]
    public bool HasMore => Next is not null;
}

/// <summary>What some calls came to.</summary>
/// <param name="Cost">US dollars.</param>
/// <param name="Unpriced">Calls that used tokens while no price was in force.</param>
internal record UsageFigures(
    long Calls, long Answered, long Refused, long Failed, long Incomplete, long Abandoned, long InputTokens, long CachedInputTokens, long CacheWriteTokens, long OutputTokens, long ReasoningTokens,
    Usd Cost, Usd SavedCost, long Unpriced, double? AverageMs, double? AverageFirstTokenMs)
{
    public static UsageFigures Of(UsageSums sums) => new(
        sums.Calls, sums.Answered, sums.Refused, sums.Failed, sums.Incomplete, sums.Abandoned, sums.InputTokens, sums.CachedInputTokens, sums.CacheWriteTokens, sums.OutputTokens, sums.ReasoningTokens,
        sums.Cost, sums.SavedCost, sums.Unpriced, sums.AverageDurationMs, sums.AverageFirstTokenMs);
}

/// <summary>The calls that have one thing in common.</summary>
internal sealed record UsageRow : UsageFigures
{
    private UsageRow(string key, string name, UsageFigures figures) : base(figures) => (Key, Name) = (key, name);

    /// <summary>An id, a model, a task, a user, or a day; empty for calls without one.</summary>
    [JsonPropertyOrder(-2)]
    public string Key { get; }

    /// <summary>The tenant's or key's name, where there is one.</summary>
    [JsonPropertyOrder(-1)]
    public string Name { get; }

    public static UsageRow Of(UsageGroup group, UsageDimension by, ConfigurationSnapshot snapshot)
    {
        var name = by switch
        {
            UsageDimension.Tenant => snapshot.Tenants.GetValueOrDefault(group.Key)?.Name,
            UsageDimension.Key => snapshot.Keys.GetValueOrDefault(group.Key)?.Name,
            _ => null,
        };
        return new UsageRow(group.Key, name ?? group.Key, UsageFigures.Of(group.Sums));
    }
}

/// <summary>Where a group stands in its report. It says what decides that, so that the next page begins behind it although sums have grown.</summary>
internal readonly record struct UsagePlace(long Nanos, long Calls, string Key)
{
    public static UsagePlace Of(UsageGroup group) => new(group.Sums.CostNanos, group.Sums.Calls, group.Key);

    /// <summary>None when it isn't the text of one.</summary>
    public static UsagePlace? Read(string text)
    {
        try
        {
            return Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(text)).Split(' ', 3) is [var nanos, var calls, var key]
                && long.TryParse(nanos, NumberStyles.None, CultureInfo.InvariantCulture, out var cost) && long.TryParse(calls, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                ? new UsagePlace(cost, count, key)
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    public bool IsBefore(UsageGroup group, UsageDimension by)
    {
        var other = Of(group);
        var rank = by == UsageDimension.Day ? 0 : other.Nanos != Nanos ? Nanos.CompareTo(other.Nanos) : Calls.CompareTo(other.Calls);
        return rank != 0 ? rank > 0 : string.CompareOrdinal(Key, other.Key) < 0;
    }

    public override string ToString() => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{Nanos} {Calls} {Key}")));
}
