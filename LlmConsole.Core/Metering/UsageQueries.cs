using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Metering;

/// <summary>Reads the books. Pages are cut by key, never by offset.</summary>
public sealed class UsageQueries(IDbContextFactory<LlmConsoleDbContext> contexts)
{
    /// <summary>The newest calls first.</summary>
    public async Task<UsagePage> PageAsync(UsageFilter filter, int limit, long? before, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var query = Filtered(db.Set<UsageRecord>().AsNoTracking(), filter);
        if (before is { } sequence) query = query.Where(record => EF.Property<long>(record, "Sequence") < sequence);
        var rows = await query.OrderByDescending(record => EF.Property<long>(record, "Sequence"))
            .Select(record => new { Record = record, Sequence = EF.Property<long>(record, "Sequence") })
            .Take(limit + 1).ToListAsync(cancellation);
        var next = rows.Count > limit ? rows[limit - 1].Sequence : (long?)null;
        return new UsagePage([.. rows.Take(limit).Select(row => row.Record)], next);
    }

    public async Task<UsageRecord?> FindAsync(string requestId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<UsageRecord>().AsNoTracking().SingleOrDefaultAsync(record => record.RequestId == requestId, cancellation);
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

    private static IQueryable<UsageRecord> Filtered(IQueryable<UsageRecord> query, UsageFilter filter)
    {
        if (filter.TenantId is { } tenant) query = query.Where(record => record.TenantId == tenant);
        if (filter.KeyId is { } key) query = query.Where(record => record.KeyId == key);
        if (filter.Model is { } model) query = query.Where(record => record.ModelAsked == model);
        if (filter.Outcome is { } outcome) query = query.Where(record => record.Outcome == outcome);
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
    public string? Model { get; init; }
    public Outcome? Outcome { get; init; }
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? To { get; init; }
}

/// <summary>A page of calls.</summary>
/// <param name="Records">Newest first.</param>
/// <param name="Next">Pass as <c>before</c> for the next page; none on the last.</param>
public sealed record UsagePage(IReadOnlyList<UsageRecord> Records, long? Next);
