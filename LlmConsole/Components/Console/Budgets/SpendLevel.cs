using LlmConsole.Components.Shared;
using LlmConsole.Core.Limits;

namespace LlmConsole.Components.Console.Budgets;

/// <summary>How full a budget is, as a bar shows it.</summary>
internal readonly record struct SpendLevel(QuotaStanding Standing)
{
    private const double Near = 80;
    private const double Over = 95;

    /// <summary>Of the limit, in percent; it may be more than 100.</summary>
    public double Percent => Share(Standing.Spent);

    /// <summary>The bar's solid part, at most 100.</summary>
    public double SpentWidth => Math.Min(100, Percent);

    /// <summary>The bar's hatched part, which ends at 100.</summary>
    public double ReservedWidth => Math.Min(100 - SpentWidth, Share(Standing.Reserved));

    public Tone Tone => Percent switch { >= Over => Tone.Bad, >= Near => Tone.Warn, _ => Tone.Ok };

    public string PercentText => Display.Percent(Percent < 0.1 ? Percent : Math.Floor(Percent * 10) / 10);

    /// <summary><c>$12.40 of $50.00 a month</c>.</summary>
    public string Words => $"{QuotaText.Amount(Standing.Quota.Unit, Standing.Spent)} of {LimitSentence.Words(Standing.Quota)}";

    /// <summary>The fullest of some budgets; those that refuse come before those that only alert.</summary>
    public static QuotaStanding? Tightest(IEnumerable<QuotaStanding> standings) =>
        standings.OrderByDescending(standing => standing.Quota.Hard).ThenByDescending(standing => new SpendLevel(standing).Share(standing.Spent + standing.Reserved)).FirstOrDefault();

    private double Share(long amount) => Standing.Quota.Limit <= 0 ? (amount > 0 || Standing.Quota.Limit == 0 ? 100 : 0) : 100.0 * amount / Standing.Quota.Limit;
}
