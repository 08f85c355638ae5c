using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Metering;

/// <summary>Sums up the books over a stretch of time.</summary>
public sealed class UsageSummaries(IDbContextFactory<LlmConsoleDbContext> contexts)
{
    /// <summary>Calls that arrived at <paramref name="from"/> or later and before <paramref name="to"/>.</summary>
    public async Task<UsageSummary> OfAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var (start, end) = (from.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds());
        var sums = await db.Database.SqlQuery<Sums>($"""
            SELECT count(*) AS "Calls",
                   CAST(coalesce(sum(CASE WHEN outcome = 'Refused' THEN 1 ELSE 0 END), 0) AS bigint) AS "Refused",
                   CAST(coalesce(sum(CASE WHEN outcome IN ('Failed', 'Incomplete') THEN 1 ELSE 0 END), 0) AS bigint) AS "Failed",
                   CAST(coalesce(sum(input_tokens + cached_input_tokens + cache_write_tokens), 0) AS bigint) AS "InputTokens",
                   CAST(coalesce(sum(output_tokens), 0) AS bigint) AS "OutputTokens",
                   CAST(coalesce(sum(cost), 0) AS bigint) AS "Cost",
                   count(first_token_ms) AS "WithFirstToken"
            FROM usage_records WHERE started_at >= {start} AND started_at < {end}
            """).SingleAsync(cancellation);
        var middle = await db.Set<UsageRecord>().AsNoTracking()
            .Where(record => record.StartedAt >= from && record.StartedAt < to && record.FirstTokenMs != null)
            .OrderBy(record => record.FirstTokenMs)
            .Skip((int)((sums.WithFirstToken - 1) / 2)).Take(1)
            .Select(record => record.FirstTokenMs).FirstOrDefaultAsync(cancellation);
        return new UsageSummary(sums.Calls, sums.Refused, sums.Failed, sums.InputTokens, sums.OutputTokens, new Usd(sums.Cost), middle);
    }

    private sealed record Sums(long Calls, long Refused, long Failed, long InputTokens, long OutputTokens, long Cost, long WithFirstToken);
}

/// <summary>What happened in a stretch of time.</summary>
/// <param name="Calls">All endings.</param>
/// <param name="Refused">Calls that the gateway said no to.</param>
/// <param name="Failed">Calls without an answer, or with a broken one.</param>
/// <param name="InputTokens">Prompt tokens, whatever a provider's cache did with them.</param>
/// <param name="OutputTokens">Tokens of the answers, reasoning included.</param>
/// <param name="Cost">What was charged.</param>
/// <param name="MedianFirstTokenMs">From arrival to the first token; none without an answer.</param>
public sealed record UsageSummary(long Calls, long Refused, long Failed, long InputTokens, long OutputTokens, Usd Cost, double? MedianFirstTokenMs);
