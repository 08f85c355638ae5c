using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Webhooks;

/// <summary>What was sent and how it went.</summary>
public sealed class DeliveryQueries(IDbContextFactory<LlmConsoleDbContext> contexts)
{
    /// <summary>The deliveries to an endpoint, newest first.</summary>
    /// <param name="after">The last id of the page before.</param>
    public async Task<IReadOnlyList<Delivery>> PageAsync(string endpointId, DeliveryState? state, string? after, int limit, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var rows = db.Set<Delivery>().AsNoTracking().Where(delivery => delivery.EndpointId == endpointId);
        if (state is { } wanted) rows = rows.Where(delivery => delivery.State == wanted);
        if (after is not null) rows = rows.Where(delivery => string.Compare(delivery.Id, after) < 0);
        return await rows.OrderByDescending(delivery => delivery.Id).Take(limit).ToListAsync(cancellation);
    }

    /// <summary>The deliveries about one thing, such as a job, newest first.</summary>
    public async Task<IReadOnlyList<Delivery>> OfSubjectAsync(string subjectId, CancellationToken cancellation)
    {
        const int most = 100;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<Delivery>().AsNoTracking().Where(delivery => delivery.SubjectId == subjectId).OrderByDescending(delivery => delivery.Id).Take(most).ToListAsync(cancellation);
    }

    public async Task<Delivery?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<Delivery>().AsNoTracking().SingleOrDefaultAsync(delivery => delivery.Id == id, cancellation);
    }

    /// <summary>The attempts of a delivery, newest first.</summary>
    public async Task<IReadOnlyList<DeliveryAttempt>> AttemptsAsync(string deliveryId, CancellationToken cancellation)
    {
        const int most = 50;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<DeliveryAttempt>().AsNoTracking().Where(attempt => attempt.DeliveryId == deliveryId).OrderByDescending(attempt => attempt.Number).Take(most).ToListAsync(cancellation);
    }

    /// <summary>For each endpoint, how many of its deliveries are in which state, and when something was last sent.</summary>
    public async Task<IReadOnlyDictionary<string, DeliveryFigures>> FiguresAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var rows = await db.Set<Delivery>().GroupBy(delivery => new { delivery.EndpointId, delivery.State })
            .Select(group => new { group.Key.EndpointId, group.Key.State, Count = group.LongCount(), Last = group.Max(delivery => delivery.LastAt) }).ToListAsync(cancellation);
        return rows.GroupBy(row => row.EndpointId).ToDictionary(endpoint => endpoint.Key, endpoint =>
        {
            var counts = endpoint.ToDictionary(row => row.State, row => row.Count);
            return new DeliveryFigures(counts.GetValueOrDefault(DeliveryState.Pending), counts.GetValueOrDefault(DeliveryState.Delivered), counts.GetValueOrDefault(DeliveryState.Failed), endpoint.Max(row => row.Last));
        }, StringComparer.Ordinal);
    }
}

/// <summary>How deliveries to one endpoint stand.</summary>
public sealed record DeliveryFigures(long Pending, long Delivered, long Failed, DateTimeOffset? LastAt);
