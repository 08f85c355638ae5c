using System.Linq.Expressions;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Metering;

/// <summary>Counts the calls behind each value that a filter could have next, all other filters being applied.</summary>
public sealed class UsageFacets(IDbContextFactory<LlmConsoleDbContext> contexts)
{
    /// <summary>So many of the newest calls are counted, so that counting takes no longer as the books grow.</summary>
    public const int Counted = 10_000;
    private const int MostValues = 50;

    /// <param name="filter">The filters.</param>
    /// <param name="all">All the calls that the filters leave, when they have been read: a filter that leaves few or none has had every call looked at.</param>
    public async Task<CallFacets> OfAsync(UsageFilter filter, IReadOnlyList<UsageRecord>? all, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);

        // One look at the calls serves every facet that isn't filtered itself.
        var combined = all is not null ? [.. all.Select(record => new Combined(record.TenantId, record.Outcome, record.Status, record.ModelAsked, 1))] : await Newest(db, filter)
            .GroupBy(record => new { record.TenantId, record.Outcome, record.Status, record.ModelAsked })
            .Select(group => new Combined(group.Key.TenantId, group.Key.Outcome, group.Key.Status, group.Key.ModelAsked, group.Count())).ToListAsync(cancellation);
        return new CallFacets(
            filter.TenantId is null ? Sum(combined, row => row.Tenant) : await CountAsync(db, filter with { TenantId = null }, record => record.TenantId, cancellation),
            filter.Outcome is null ? Sum(combined, row => row.Outcome) : await CountAsync(db, filter with { Outcome = null }, record => record.Outcome, cancellation),
            filter.Status is null ? Sum(combined, row => row.Status) : await CountAsync(db, filter with { Status = null }, record => record.Status, cancellation),
            filter.Model is null ? Sum(combined, row => row.Model) : await CountAsync(db, filter with { Model = null }, record => record.ModelAsked, cancellation),
            combined.Sum(row => row.Calls));
    }

    private static IQueryable<UsageRecord> Newest(LlmConsoleDbContext db, UsageFilter filter) =>
        UsageQueries.Filtered(db.Set<UsageRecord>().AsNoTracking(), filter).OrderByDescending(record => EF.Property<long>(record, "Sequence")).Take(Counted);

    private static IReadOnlyList<Facet<T>> Sum<T>(IEnumerable<Combined> rows, Func<Combined, T> of) =>
        [.. rows.GroupBy(of).Select(group => new Facet<T>(group.Key, group.Sum(row => row.Calls))).OrderByDescending(facet => facet.Calls).ThenBy(facet => facet.Value).Take(MostValues)];

    private static async Task<IReadOnlyList<Facet<T>>> CountAsync<T>(LlmConsoleDbContext db, UsageFilter filter, Expression<Func<UsageRecord, T>> of, CancellationToken cancellation)
    {
        var counts = await Newest(db, filter)
            .GroupBy(of).Select(group => new { group.Key, Calls = group.Count() })
            .OrderByDescending(group => group.Calls).ThenBy(group => group.Key).Take(MostValues).ToListAsync(cancellation);
        return [.. counts.Select(count => new Facet<T>(count.Key, count.Calls))];
    }

    private sealed record Combined(string Tenant, Outcome Outcome, int Status, string Model, int Calls);
}

/// <summary>The values that calls have, the most frequent first.</summary>
/// <param name="Matching">How many calls all filters leave, counted up to <see cref="UsageFacets.Counted"/>.</param>
public sealed record CallFacets(IReadOnlyList<Facet<string>> Tenants, IReadOnlyList<Facet<Outcome>> Outcomes, IReadOnlyList<Facet<int>> Statuses, IReadOnlyList<Facet<string>> Models, int Matching);

/// <summary>A value, and how many of the counted calls have it.</summary>
public sealed record Facet<T>(T Value, int Calls);
