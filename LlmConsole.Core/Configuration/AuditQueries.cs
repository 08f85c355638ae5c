using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Configuration;

/// <summary>Reads the audit log. Ids sort by time, so pages are cut by id.</summary>
public sealed class AuditQueries(IDbContextFactory<LlmConsoleDbContext> contexts)
{
    /// <summary>Objects whose change calls feel.</summary>
    private static readonly string[] Felt = ["tier", "tenant", "provider", "model", "cache-generation", "drill"];
    private static readonly string[] Changes = ["create", "update", "delete", "drill.start", "drill.stop"];

    /// <summary>The newest entries first.</summary>
    public async Task<AuditPage> PageAsync(AuditFilter filter, int limit, string? before, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var query = Filtered(db.Set<AuditEntry>().AsNoTracking(), filter);
        if (before is not null) query = query.Where(entry => string.Compare(entry.Id, before) < 0);
        var rows = await query.OrderByDescending(entry => entry.Id).Take(limit + 1).ToListAsync(cancellation);
        return new AuditPage([.. rows.Take(limit)], rows.Count > limit ? rows[limit - 1].Id : null);
    }

    /// <summary>What somebody changed from one moment to before another that calls may have felt, the newest first: configuration, purges of the cache, fire drills. What the gateway makes by itself, such as what it starts with, isn't among it.</summary>
    public async Task<IReadOnlyList<AuditChange>> ChangesAsync(DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancellation)
    {
        var (first, end) = (Ids.Lowest("aud", from), Ids.Lowest("aud", to));
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<AuditEntry>()
            .Where(entry => string.Compare(entry.Id, first) >= 0 && string.Compare(entry.Id, end) < 0 && entry.ActorKind != Actor.System.Kind && Felt.Contains(entry.ObjectKind) && Changes.Contains(entry.Action))
            .OrderByDescending(entry => entry.Id).Take(limit).Select(entry => new AuditChange(entry.At, entry.Action, entry.ObjectKind, entry.ObjectName, entry.ActorName)).ToListAsync(cancellation);
    }

    public async Task<AuditEntry?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<AuditEntry>().AsNoTracking().SingleOrDefaultAsync(entry => entry.Id == id, cancellation);
    }

    private static IQueryable<AuditEntry> Filtered(IQueryable<AuditEntry> query, AuditFilter filter)
    {
        if (filter.ActorId is { } actor) query = query.Where(entry => entry.ActorId == actor);
        if (filter.Action is { } action) query = query.Where(entry => entry.Action == action);
        if (filter.ObjectKind is { } kind) query = query.Where(entry => entry.ObjectKind == kind);
        if (filter.ObjectId is { } id) query = query.Where(entry => entry.ObjectId == id);
        if (filter.From is { } from) query = query.Where(entry => entry.At >= from);
        if (filter.To is { } to) query = query.Where(entry => entry.At < to);
        return query;
    }
}

/// <summary>Which entries; what is missing doesn't narrow.</summary>
public sealed record AuditFilter
{
    public string? ActorId { get; init; }
    public string? Action { get; init; }
    public string? ObjectKind { get; init; }
    public string? ObjectId { get; init; }
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? To { get; init; }
}

/// <summary>An entry without what was before and after.</summary>
public sealed record AuditChange(DateTimeOffset At, string Action, string ObjectKind, string ObjectName, string ActorName);

/// <summary>A page of the audit log.</summary>
/// <param name="Entries">Newest first.</param>
/// <param name="Next">Pass as <c>before</c> for the next page; none on the last.</param>
public sealed record AuditPage(IReadOnlyList<AuditEntry> Entries, string? Next);
