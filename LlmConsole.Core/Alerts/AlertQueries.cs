using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Alerts;

/// <summary>Alerts for pages, and what each user has seen of them.</summary>
public sealed class AlertQueries(IDbContextFactory<LlmConsoleDbContext> contexts, TimeProvider time)
{
    /// <summary>Entries that the bell lists.</summary>
    public const int BellEntries = 20;

    private static readonly TimeSpan BellReach = TimeSpan.FromDays(7);

    /// <summary>Newest first.</summary>
    /// <param name="open">Only those that last, or only those that are over.</param>
    /// <param name="after">The last id of the page before.</param>
    public async Task<IReadOnlyList<Alert>> PageAsync(bool? open, string? after, int limit, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var rows = db.Set<Alert>().AsNoTracking().AsQueryable();
        if (open is { } wanted) rows = rows.Where(alert => (alert.OpenKey != null) == wanted);
        if (after is not null) rows = rows.Where(alert => string.Compare(alert.Id, after) < 0);
        return await rows.OrderByDescending(alert => alert.Id).Take(limit).ToListAsync(cancellation);
    }

    /// <summary>Alerts that began or were over within a stretch of time, those that began last first.</summary>
    public async Task<IReadOnlyList<Alert>> ChangedAsync(DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<Alert>().AsNoTracking().Where(alert => (alert.FiredAt >= from && alert.FiredAt <= to) || (alert.ResolvedAt >= from && alert.ResolvedAt <= to))
            .OrderByDescending(alert => alert.FiredAt).Take(limit).ToListAsync(cancellation);
    }

    /// <summary>What the bell of a user shows: beginnings and endings of the last week that he didn't dismiss, newest first.</summary>
    public async Task<Bell> BellAsync(string userId, CancellationToken cancellation)
    {
        var since = time.GetUtcNow() - BellReach;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var dismissed = db.Set<AlertDismissal>().Where(dismissal => dismissal.UserId == userId).Select(dismissal => dismissal.AlertId);
        var alerts = await db.Set<Alert>().AsNoTracking().Where(alert => (alert.FiredAt >= since || alert.ResolvedAt >= since || alert.OpenKey != null) && !dismissed.Contains(alert.Id))
            .OrderByDescending(alert => alert.ResolvedAt ?? alert.FiredAt).Take(BellEntries).ToListAsync(cancellation);
        var seen = await db.Set<AlertReader>().Where(reader => reader.UserId == userId).Select(reader => (DateTimeOffset?)reader.SeenAt).FirstOrDefaultAsync(cancellation);
        var entries = alerts.SelectMany(alert => alert.ResolvedAt is { } over ? new[] { new BellEntry(alert, over, IsResolved: true), new BellEntry(alert, alert.FiredAt, IsResolved: false) } : [new BellEntry(alert, alert.FiredAt, IsResolved: false)])
            .OrderByDescending(entry => entry.At).Take(BellEntries).ToList();
        return new Bell(entries, entries.Count(entry => seen is null || entry.At > seen));
    }

    /// <summary>The user has looked: nothing is new to him.</summary>
    public async Task SeeAsync(string userId, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (await db.Set<AlertReader>().Where(reader => reader.UserId == userId).ExecuteUpdateAsync(set => set.SetProperty(reader => reader.SeenAt, now), cancellation) > 0) return;
        db.Add(new AlertReader { UserId = userId, SeenAt = now });
        await db.SaveChangesAsync(cancellation);
    }

    /// <summary>Takes alerts out of a user's bell.</summary>
    public async Task DismissAsync(string userId, IReadOnlyCollection<string> alertIds, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var known = await db.Set<AlertDismissal>().Where(dismissal => dismissal.UserId == userId && alertIds.Contains(dismissal.AlertId)).Select(dismissal => dismissal.AlertId).ToListAsync(cancellation);
        db.AddRange(alertIds.Distinct().Except(known).Select(id => new AlertDismissal { UserId = userId, AlertId = id }));
        await db.SaveChangesAsync(cancellation);
    }
}

/// <param name="New">Entries since the user last looked.</param>
public sealed record Bell(IReadOnlyList<BellEntry> Entries, int New);

/// <summary>That an alert began, or that it is over.</summary>
public sealed record BellEntry(Alert Alert, DateTimeOffset At, bool IsResolved);
