using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Webhooks;

/// <summary>The right to make the next attempt of a delivery: one instance has it at a time. Each claim raises the fence, and what an attempt brought is written only by whoever holds the newest.</summary>
internal sealed class DeliveryClaims(IDbContextFactory<LlmConsoleDbContext> contexts, DatabaseConnections connections, TimeProvider time)
{
    /// <summary>An attempt ends long before this; a claim that is older belongs to a process that was killed.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(45);

    /// <summary>Claims the delivery that is due longest, to one of these endpoints; none when there is none.</summary>
    public async Task<Delivery?> ClaimAsync(IReadOnlyCollection<string> endpoints, CancellationToken cancellation)
    {
        while (true)
        {
            var now = time.GetUtcNow();
            if (!await MayThereBeOneAsync(now.ToUnixTimeMilliseconds(), cancellation)) return null;
            await using var db = await contexts.CreateDbContextAsync(cancellation);
            var found = await db.Set<Delivery>().AsNoTracking()
                .Where(delivery => delivery.State == DeliveryState.Pending && delivery.NextAt <= now && delivery.LeaseUntil <= now && endpoints.Contains(delivery.EndpointId))
                .OrderBy(delivery => delivery.NextAt).ThenBy(delivery => delivery.Id).FirstOrDefaultAsync(cancellation);
            if (found is null) return null;
            var until = now + Lease;
            var claimed = await Held(db, found).ExecuteUpdateAsync(set => set
                .SetProperty(delivery => delivery.Fence, delivery => delivery.Fence + 1)
                .SetProperty(delivery => delivery.LeaseUntil, until), cancellation);
            if (claimed == 1) return found with { Fence = found.Fence + 1, LeaseUntil = until };
        }
    }

    /// <summary>Writes down what an attempt brought. False, and nothing is changed, when somebody else took the delivery over.</summary>
    /// <param name="after">The delivery as it is from now on.</param>
    public async Task<bool> SaveAsync(Delivery claim, Delivery after, DeliveryAttempt attempt, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var saved = await Held(db, claim).ExecuteUpdateAsync(set => set
            .SetProperty(delivery => delivery.State, after.State)
            .SetProperty(delivery => delivery.Tries, after.Tries)
            .SetProperty(delivery => delivery.Attempts, after.Attempts)
            .SetProperty(delivery => delivery.NextAt, after.NextAt)
            .SetProperty(delivery => delivery.LeaseUntil, now)
            .SetProperty(delivery => delivery.EndedAt, after.EndedAt)
            .SetProperty(delivery => delivery.LastStatus, after.LastStatus)
            .SetProperty(delivery => delivery.LastError, after.LastError)
            .SetProperty(delivery => delivery.LastAt, after.LastAt), cancellation);
        if (saved == 0) return false;
        db.Add(attempt);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return true;
    }

    /// <summary>Gives a claim back whose attempt was broken off, because this process stops.</summary>
    public async Task ReleaseAsync(Delivery claim, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await Held(db, claim).ExecuteUpdateAsync(set => set.SetProperty(delivery => delivery.LeaseUntil, now), cancellation);
    }

    /// <summary>Asked every two seconds, and mostly there is none: without Entity Framework.</summary>
    private Task<bool> MayThereBeOneAsync(long now, CancellationToken cancellation) =>
        connections.AnyAsync($"SELECT 1 FROM webhook_deliveries WHERE state = {nameof(DeliveryState.Pending)} AND next_at <= {now} AND lease_until <= {now} LIMIT 1", cancellation);

    private static IQueryable<Delivery> Held(LlmConsoleDbContext db, Delivery claim) =>
        db.Set<Delivery>().Where(delivery => delivery.Id == claim.Id && delivery.Fence == claim.Fence && delivery.State == DeliveryState.Pending);
}
