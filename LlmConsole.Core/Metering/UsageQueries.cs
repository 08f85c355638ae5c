using System.Runtime.CompilerServices;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Metering;

/// <summary>Reads the books. Pages are cut by key, never by offset. The order is that in which calls entered the books, which is when they ended: so what is new is at one end, and a page never gets calls in its middle.</summary>
public sealed class UsageQueries(IDbContextFactory<LlmConsoleDbContext> contexts)
{
    /// <summary>The newest calls first.</summary>
    public async Task<UsagePage> PageAsync(UsageFilter filter, int limit, long? before, CancellationToken cancellation)
    {
        var (records, next) = await CutAsync(filter, limit, before, isOldestFirst: false, cancellation);
        return new UsagePage(records, next);
    }

    /// <summary>The oldest calls first.</summary>
    /// <param name="after">The <c>Next</c> of the page before.</param>
    public async Task<UsagePage> OldestAsync(UsageFilter filter, int limit, long? after, CancellationToken cancellation)
    {
        var (records, next) = await CutAsync(filter, limit, after, isOldestFirst: true, cancellation);
        return new UsagePage(records, next);
    }

    /// <summary>All the calls that are there now, the newest first, a page at a time: however many there are, only one page is in memory.</summary>
    public async IAsyncEnumerable<IReadOnlyList<UsageRecord>> AllAsync(UsageFilter filter, int pageSize, [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (long? before = null; ;)
        {
            var page = await PageAsync(filter, pageSize, before, cancellation);
            yield return page.Records;
            if ((before = page.Next) is null) yield break;
        }
    }

    public async Task<UsageRecord?> FindAsync(string requestId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<UsageRecord>().AsNoTracking().SingleOrDefaultAsync(record => record.RequestId == requestId, cancellation);
    }

    /// <summary>Where the pages after this call begin; none when the books don't hold it.</summary>
    public async Task<long?> SequenceOfAsync(string requestId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<UsageRecord>().Where(record => record.RequestId == requestId).Select(record => (long?)EF.Property<long>(record, "Sequence")).SingleOrDefaultAsync(cancellation);
    }

    /// <summary>The calls with these ids, by id; ids that the books don't hold are absent.</summary>
    public async Task<IReadOnlyDictionary<string, UsageRecord>> FindAllAsync(IReadOnlyCollection<string> requestIds, CancellationToken cancellation)
    {
        if (requestIds.Count == 0) return new Dictionary<string, UsageRecord>();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<UsageRecord>().AsNoTracking().Where(record => requestIds.Contains(record.RequestId)).ToDictionaryAsync(record => record.RequestId, cancellation);
    }

    /// <summary>When each of the keys was last used; keys that never were are absent.</summary>
    public async Task<IReadOnlyDictionary<string, DateTimeOffset>> LastUsedAsync(IReadOnlyCollection<string> keyIds, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<UsageRecord>().AsNoTracking()
            .Where(record => record.KeyId != null && keyIds.Contains(record.KeyId))
            .GroupBy(record => record.KeyId!)
            .Select(group => new { KeyId = group.Key, At = group.Max(record => record.StartedAt) })
            .ToDictionaryAsync(row => row.KeyId, row => row.At, cancellation);
    }

    private async Task<(IReadOnlyList<UsageRecord> Records, long? Next)> CutAsync(UsageFilter filter, int limit, long? from, bool isOldestFirst, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var query = Filtered(db.Set<UsageRecord>().AsNoTracking(), filter);
        if (from is { } sequence) query = isOldestFirst ? query.Where(record => EF.Property<long>(record, "Sequence") > sequence) : query.Where(record => EF.Property<long>(record, "Sequence") < sequence);
        query = isOldestFirst ? query.OrderBy(record => EF.Property<long>(record, "Sequence")) : query.OrderByDescending(record => EF.Property<long>(record, "Sequence"));
        var rows = await query.Select(record => new { Record = record, Sequence = EF.Property<long>(record, "Sequence") }).Take(limit + 1).ToListAsync(cancellation);
        return ([.. rows.Take(limit).Select(row => row.Record)], rows.Count > limit ? rows[limit - 1].Sequence : null);
    }

    internal static IQueryable<UsageRecord> Filtered(IQueryable<UsageRecord> query, UsageFilter filter)
    {
        if (filter.TenantId is { } tenant) query = query.Where(record => record.TenantId == tenant);
        if (filter.KeyId is { } key) query = query.Where(record => record.KeyId == key);
        if (filter.UserId is { } user) query = query.Where(record => record.UserId == user);
        if (filter.Task is { } task) query = query.Where(record => record.Task == task);
        if (filter.ModelServed is { } served) query = query.Where(record => (record.ModelServed ?? (UsageRecord.NotUsable.Contains(record.ErrorCode) ? "" : record.ModelAsked)) == served);
        if (filter.Model is { } model) query = query.Where(record => record.ModelAsked == model);
        if (filter.Outcome is { } outcome) query = query.Where(record => record.Outcome == outcome);
        if (filter.Status is { } status) query = query.Where(record => record.Status == status);
        if (filter.Cache is { } cache) query = query.Where(record => record.Cache == cache);
        if (filter.Is == CallTrait.Error) query = query.Where(record => record.Outcome == Outcome.Failed || record.Outcome == Outcome.Incomplete);
        if (filter.Is == CallTrait.Cached) query = query.Where(record => record.Cache == CacheVerdict.Exact || record.Cache == CacheVerdict.Semantic);
        if (filter.LongerThanMs is { } milliseconds) query = query.Where(record => record.DurationMs > milliseconds);
        if (filter.From is { } from) query = query.Where(record => record.StartedAt >= from);
        if (filter.To is { } to) query = query.Where(record => record.StartedAt < to);
        return query;
    }
}

/// <summary>Which calls; what is missing doesn't narrow.</summary>
public sealed record UsageFilter
{
    public string? TenantId { get; init; }
    public string? KeyId { get; init; }
    public string? UserId { get; init; }
    public string? Task { get; init; }

    /// <summary>The model that was asked for.</summary>
    public string? Model { get; init; }

    /// <summary>What <see cref="UsageRecord.ModelSummed"/> says.</summary>
    public string? ModelServed { get; init; }
    public Outcome? Outcome { get; init; }

    /// <summary>The status that the caller got.</summary>
    public int? Status { get; init; }
    public CacheVerdict? Cache { get; init; }

    /// <summary>What charts count as one, whichever of several outcomes or verdicts it was.</summary>
    public CallTrait? Is { get; init; }

    /// <summary>Calls that took longer than this.</summary>
    public double? LongerThanMs { get; init; }
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? To { get; init; }
}

/// <summary>What charts draw a line for.</summary>
public enum CallTrait
{
    /// <summary>No provider gave an answer, or it broke off.</summary>
    Error,

    /// <summary>The cache gave the answer, to the same message or to one that is worded alike.</summary>
    Cached,
}

/// <summary>A page of calls.</summary>
/// <param name="Records">In the order that was asked for.</param>
/// <param name="Next">Where the next page begins; none on the last.</param>
public sealed record UsagePage(IReadOnlyList<UsageRecord> Records, long? Next);
