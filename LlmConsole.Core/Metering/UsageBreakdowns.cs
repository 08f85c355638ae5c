using System.Globalization;
using System.Linq.Expressions;
using LlmConsole.Core.Metering.Sums;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Metering;

/// <summary>Who used how much, from the roll-ups: every figure is the exact sum over the records of those hours.</summary>
public sealed class UsageBreakdowns
{
    private const long Day = 86_400_000;

    private readonly IDbContextFactory<LlmConsoleDbContext> _contexts;
    private readonly DatabaseConnections _connections;
    private readonly BookSums _sums;

    internal UsageBreakdowns(IDbContextFactory<LlmConsoleDbContext> contexts, DatabaseConnections connections, BookSums sums) => (_contexts, _connections, _sums) = (contexts, connections, sums);

    /// <summary>The calls of whole hours (UTC), from the hour of <paramref name="from"/> to before the hour of <paramref name="to"/>, in groups: days in their order, anything else the dearest first.</summary>
    public async Task<IReadOnlyList<UsageGroup>> GroupAsync(DateTimeOffset from, DateTimeOffset to, UsageDimension by, BreakdownFilter filter, CancellationToken cancellation)
    {
        var (first, end) = (UsageHour.Of(from), UsageHour.Of(to));
        var groups = filter == new BreakdownFilter() ? await OfAllAsync(first, end, by, cancellation) : await OfSomeAsync(first, end, by, filter, cancellation);
        return by == UsageDimension.Day
            ? [.. groups.OrderBy(group => group.Key, StringComparer.Ordinal)]
            : [.. groups.OrderByDescending(group => group.Sums.CostNanos).ThenByDescending(group => group.Sums.Calls).ThenBy(group => group.Key, StringComparer.Ordinal)];
    }

    /// <summary>From the sums that are kept, as far as they reach back.</summary>
    private async Task<IEnumerable<UsageGroup>> OfAllAsync(long first, long end, UsageDimension by, CancellationToken cancellation)
    {
        var (groups, missing) = (new Dictionary<string, PartSums>(), new List<(long First, long End)>());
        var oldest = Math.Max(first, _sums.Oldest);
        if (first < oldest) missing.Add((first, Math.Min(end, oldest)));
        if (oldest < end) await _sums.ReadAsync(oldest, end, Take, cancellation);
        var all = groups.Select(group => new UsageGroup(group.Key, group.Value.ToUsage())).ToList();
        foreach (var (start, before) in missing) all.AddRange(await OfSomeAsync(start, before, by, new BreakdownFilter(), cancellation));
        return all.GroupBy(group => group.Key).Select(parts => new UsageGroup(parts.Key, UsageSums.Total(parts.Select(part => part.Sums))));

        void Take(long start, long before, StretchSums piece)
        {
            if (by is UsageDimension.Key or UsageDimension.User && !piece.HasCallers)
            {
                // One look at the books for what lies side by side.
                if (missing is [.., var last] && last.End == start) missing[^1] = (last.First, before);
                else missing.Add((start, before));
                return;
            }

            foreach (var (key, part) in piece.By(by)) StretchSums.Of(groups, key).Add(part.Figures);
        }
    }

    /// <summary>What a filter leaves, from the roll-ups.</summary>
    private async Task<IEnumerable<UsageGroup>> OfSomeAsync(long first, long end, UsageDimension by, BreakdownFilter filter, CancellationToken cancellation)
    {
        if (!_connections.IsPostgres) return (await RollupGroups.ReadAsync(_connections, first, end, by, filter, cancellation)).Select(group => new UsageGroup(group.Key, group.Value.ToUsage()));
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        var rows = Filtered(db.Set<UsageRollup>().AsNoTracking().Where(row => row.Hour >= first && row.Hour < end), filter);
        return by switch
        {
            UsageDimension.Tenant => await SumAsync(rows, row => row.TenantId, cancellation),
            UsageDimension.Key => await SumAsync(rows, row => row.KeyId, cancellation),
            UsageDimension.User => await SumAsync(rows, row => row.UserId, cancellation),
            UsageDimension.Model => await SumAsync(rows, row => row.Model, cancellation),
            UsageDimension.Task => await SumAsync(rows, row => row.Task, cancellation),
            UsageDimension.Day => await SumAsync(rows, row => row.Hour - (row.Hour % Day), cancellation),
            _ => throw new ArgumentOutOfRangeException(nameof(by)),
        };
    }

    private static IQueryable<UsageRollup> Filtered(IQueryable<UsageRollup> rows, BreakdownFilter filter)
    {
        if (filter.TenantId is { } tenant) rows = rows.Where(row => row.TenantId == tenant);
        if (filter.KeyId is { } key) rows = rows.Where(row => row.KeyId == key);
        if (filter.UserId is { } user) rows = rows.Where(row => row.UserId == user);
        if (filter.Model is { } model) rows = rows.Where(row => row.Model == model);
        if (filter.Task is { } task) rows = rows.Where(row => row.Task == task);
        return rows;
    }

    private static async Task<IEnumerable<UsageGroup>> SumAsync<TKey>(IQueryable<UsageRollup> rows, Expression<Func<UsageRollup, TKey>> by, CancellationToken cancellation)
    {
        var groups = await rows.GroupBy(by).Select(group => new
        {
            group.Key,
            Sums = new UsageSums
            {
                Calls = group.Sum(row => row.Calls),
                Answered = group.Sum(row => row.Answered),
                Refused = group.Sum(row => row.Refused),
                Failed = group.Sum(row => row.Failed),
                Incomplete = group.Sum(row => row.Incomplete),
                Abandoned = group.Sum(row => row.Abandoned),
                InputTokens = group.Sum(row => row.InputTokens),
                CachedInputTokens = group.Sum(row => row.CachedInputTokens),
                CacheWriteTokens = group.Sum(row => row.CacheWriteTokens),
                OutputTokens = group.Sum(row => row.OutputTokens),
                ReasoningTokens = group.Sum(row => row.ReasoningTokens),
                CostNanos = group.Sum(row => row.CostNanos),
                SavedCostNanos = group.Sum(row => row.SavedCostNanos),
                SavedTokens = group.Sum(row => row.SavedTokens),
                EmbeddingTokens = group.Sum(row => row.EmbeddingTokens),
                EmbeddingCostNanos = group.Sum(row => row.EmbeddingCostNanos),
                CacheHits = group.Sum(row => row.CacheHits),
                Unpriced = group.Sum(row => row.Unpriced),
                DurationMicros = group.Sum(row => row.DurationMicros),
                FirstTokenMicros = group.Sum(row => row.FirstTokenMicros),
                FirstTokens = group.Sum(row => row.FirstTokens),
            },
        }).ToListAsync(cancellation);
        return groups.Select(group => new UsageGroup(group.Key is long day ? DateTimeOffset.FromUnixTimeMilliseconds(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : group.Key as string ?? "", group.Sums));
    }
}

/// <summary>What usage is grouped by.</summary>
public enum UsageDimension
{
    Tenant,
    Key,
    User,

    /// <summary>The model that served; when none did, the one asked for.</summary>
    Model,
    Task,

    /// <summary>Days of UTC.</summary>
    Day,
}

/// <summary>Which calls; what is missing doesn't narrow, an empty text means calls without one.</summary>
public sealed record BreakdownFilter
{
    public string? TenantId { get; init; }
    public string? KeyId { get; init; }
    public string? UserId { get; init; }
    public string? Model { get; init; }
    public string? Task { get; init; }
}

/// <summary>The calls that have one thing in common.</summary>
/// <param name="Key">An id, a name, or a day as <c>2026-05-01</c>; empty for calls without one.</param>
public sealed record UsageGroup(string Key, UsageSums Sums);

/// <summary>Sums over calls.</summary>
public sealed record UsageSums
{
    public long Calls { get; init; }
    public long Answered { get; init; }
    public long Refused { get; init; }
    public long Failed { get; init; }
    public long Incomplete { get; init; }
    public long Abandoned { get; init; }
    public long InputTokens { get; init; }
    public long CachedInputTokens { get; init; }
    public long CacheWriteTokens { get; init; }
    public long OutputTokens { get; init; }

    /// <summary>The part of <see cref="OutputTokens"/> that was reasoning.</summary>
    public long ReasoningTokens { get; init; }
    public long CostNanos { get; init; }
    public long SavedCostNanos { get; init; }

    /// <summary>Tokens of answers from the cache, which count in no other sum.</summary>
    public long SavedTokens { get; init; }

    /// <summary>Tokens of embeddings for the cache, which count in no other sum.</summary>
    public long EmbeddingTokens { get; init; }
    public long EmbeddingCostNanos { get; init; }

    /// <summary>Answers from the cache.</summary>
    public long CacheHits { get; init; }

    /// <summary>Calls that used tokens while no price was in force; their cost is missing in <see cref="Cost"/>.</summary>
    public long Unpriced { get; init; }
    public long DurationMicros { get; init; }
    public long FirstTokenMicros { get; init; }
    public long FirstTokens { get; init; }

    /// <summary>The sum over some sums.</summary>
    public static UsageSums Total(IEnumerable<UsageSums> parts) => parts.Aggregate(new UsageSums(), (a, b) => checked(new UsageSums
    {
        Calls = a.Calls + b.Calls,
        Answered = a.Answered + b.Answered,
        Refused = a.Refused + b.Refused,
        Failed = a.Failed + b.Failed,
        Incomplete = a.Incomplete + b.Incomplete,
        Abandoned = a.Abandoned + b.Abandoned,
        InputTokens = a.InputTokens + b.InputTokens,
        CachedInputTokens = a.CachedInputTokens + b.CachedInputTokens,
        CacheWriteTokens = a.CacheWriteTokens + b.CacheWriteTokens,
        OutputTokens = a.OutputTokens + b.OutputTokens,
        ReasoningTokens = a.ReasoningTokens + b.ReasoningTokens,
        CostNanos = a.CostNanos + b.CostNanos,
        SavedCostNanos = a.SavedCostNanos + b.SavedCostNanos,
        SavedTokens = a.SavedTokens + b.SavedTokens,
        EmbeddingTokens = a.EmbeddingTokens + b.EmbeddingTokens,
        EmbeddingCostNanos = a.EmbeddingCostNanos + b.EmbeddingCostNanos,
        CacheHits = a.CacheHits + b.CacheHits,
        Unpriced = a.Unpriced + b.Unpriced,
        DurationMicros = a.DurationMicros + b.DurationMicros,
        FirstTokenMicros = a.FirstTokenMicros + b.FirstTokenMicros,
        FirstTokens = a.FirstTokens + b.FirstTokens,
    }));

    public Usd Cost => new(CostNanos);
    public Usd SavedCost => new(SavedCostNanos);
    public Usd EmbeddingCost => new(EmbeddingCostNanos);
    public double? AverageDurationMs => Calls == 0 ? null : DurationMicros / 1_000.0 / Calls;
    public double? AverageFirstTokenMs => FirstTokens == 0 ? null : FirstTokenMicros / 1_000.0 / FirstTokens;
}
