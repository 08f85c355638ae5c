using System.Globalization;
using LlmConsole.Components.Shared;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Budgets;

/// <summary>A budget while it is being edited, as the fields hold it.</summary>
public sealed class QuotaDraft
{
    public QuotaDraft()
    {
    }

    public QuotaDraft(Quota quota)
    {
        (Unit, Period, TimeZone, Hard) = (quota.Unit, quota.Period, quota.TimeZone, quota.Hard);
        Limit = quota.Unit == QuotaUnit.Usd ? new Usd(quota.Limit).ToInvariant() : quota.Limit.ToString(CultureInfo.InvariantCulture);
    }

    public QuotaUnit Unit { get; set; } = QuotaUnit.Usd;

    public QuotaPeriod Period { get; set; } = QuotaPeriod.Month;

    public string Limit { get; set; } = "";

    public string TimeZone { get; set; } = "UTC";

    public bool Hard { get; set; } = true;

    /// <summary>Whether the calendar of a place decides when the period begins.</summary>
    public bool HasCalendar => Period != QuotaPeriod.Lifetime;

    /// <summary>The budget as far as the text can be read, for a sentence that follows the typing.</summary>
    public Quota? Preview => Read("", []) is { Limit: >= 0 } quota ? quota : null;

    /// <summary>The drafts of some budgets.</summary>
    public static List<QuotaDraft> Of(IEnumerable<Quota> quotas) => [.. quotas.Select(quota => new QuotaDraft(quota))];

    /// <summary>The budgets; what can't be read adds problems.</summary>
    public static IReadOnlyList<Quota> Read(IEnumerable<QuotaDraft> drafts, List<Problem> problems) =>
        [.. drafts.Select((draft, i) => draft.Read($"quotas[{i}]", problems)).OfType<Quota>()];

    private Quota? Read(string field, List<Problem> problems)
    {
        var before = problems.Count;
        var limit = Unit == QuotaUnit.Usd ? NumberText.ReadDollars(Limit, $"{field}.limit", mayBeEmpty: false, problems)?.Nanos ?? 0 : NumberText.ReadLong(Limit, $"{field}.limit", problems);
        return problems.Count > before ? null : new Quota { Unit = Unit, Period = Period, Limit = limit, TimeZone = TimeZone.Trim(), Hard = Hard };
    }
}
