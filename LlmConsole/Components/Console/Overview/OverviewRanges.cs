using LlmConsole.Components.Shared;
using LlmConsole.Components.Shared.Charts;

namespace LlmConsole.Components.Console.Overview;

/// <summary>The stretches of time that the overview offers, and the steps that it shows them in.</summary>
internal static class OverviewRanges
{
    public const string Live = "5m";
    private const int MostSteps = 300;

    public static readonly RangePreset[] Presets =
    [
        new(Live, "5 min", TimeSpan.FromMinutes(5)),
        new("1h", "1 h", TimeSpan.FromHours(1)),
        new("24h", "24 h", TimeSpan.FromHours(24)),
        new("7d", "7 days", TimeSpan.FromDays(7)),
        new("30d", "30 days", TimeSpan.FromDays(30)),
    ];

    private static readonly TimeSpan[] Steps =
    [
        TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromHours(1), TimeSpan.FromHours(6), TimeSpan.FromDays(1), TimeSpan.FromDays(7),
    ];

    /// <summary>The first step in which the stretch has few enough; from half a day on whole hours, which are summed up already.</summary>
    public static TimeSpan StepOf(TimeRange range) => range.Name == "1h" ? TimeSpan.FromMinutes(1)
        : Steps.First(step => range.Length / step <= MostSteps && (range.Length <= TimeSpan.FromHours(12) || step >= TimeSpan.FromHours(1)) || step == Steps[^1]);

    /// <summary>The steps that cover the stretch, beginning at a whole multiple of their length.</summary>
    public static ChartTime TimeOf(TimeRange range, TimeSpan step, DateTimeOffset now)
    {
        var first = range.From.AddTicks(-(range.From.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) % step.Ticks);
        return new ChartTime(first, step, Math.Max(2, (int)Math.Ceiling((range.To - first) / step)), now);
    }
}
