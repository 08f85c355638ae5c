using System.Collections.Concurrent;
using System.Data.Common;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Wire;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Idempotency;

/// <summary>
/// The keys of the last 24 hours, in the database, so that a repetition is recognised on every instance and after a restart. Each change of
/// a row names the call that holds it: of two that want the same key, one gets it.
/// </summary>
public sealed partial class IdempotencyStore(IDbContextFactory<LlmConsoleDbContext> contexts, DatabaseConnections connections, TimeProvider time, ILogger<IdempotencyStore> log)
{
    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(24);

    /// <summary>A running call renews its claim several times in this span; a claim that is older belongs to a process that was killed.</summary>
    internal static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>The claims of this process, by request id.</summary>
    internal ConcurrentDictionary<string, IdempotencyClaim> Running { get; } = new();

    /// <summary>Takes the key for this call, or finds the answer that an earlier call with the same payload left under it.</summary>
    /// <param name="wasCharged">Whether the books hold a charge for a call that was never heard of again: then its key is spent, not taken over.</param>
    /// <exception cref="RefusalException">The earlier call still runs, had another payload, or left no answer; or the database is away.</exception>
    public async Task<IdempotencyLookup> ClaimAsync(IdempotentRequest request, string requestId, Func<string, Task<bool>> wasCharged, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await using var db = await contexts.CreateDbContextAsync(cancellation);
                if (await TryInsertAsync(db, request, requestId, cancellation)) return Claimed(request, requestId);
                var held = await Held(db, request).AsNoTracking().SingleOrDefaultAsync(cancellation);

                // Between the two statements the row may have been released, expired or taken over by another: then look again.
                if (held is not null && await ReadAsync(db, held, request, requestId, wasCharged, cancellation) is { } lookup) return lookup;
            }
        }
        catch (Exception e) when (IsOfDatabase(e))
        {
            LookupFailed(requestId, e);
            throw IdempotencyRefusals.NoStore();
        }
    }

    /// <summary>Writes down how the call ended. When that fails the claim lapses, and whoever takes it over looks into the books.</summary>
    internal Task SettleAsync(IdempotencyClaim claim, IdempotencyState state, byte[]? answer) => TryAsync(claim, (rows, cancellation) =>
        rows.ExecuteUpdateAsync(set => set.SetProperty(row => row.State, state).SetProperty(row => row.Answer, answer), cancellation));

    internal Task ReleaseAsync(IdempotencyClaim claim) => TryAsync(claim, (rows, cancellation) => rows.ExecuteDeleteAsync(cancellation));

    /// <summary>Tells that the calls of this process still run.</summary>
    internal async Task RenewAsync(CancellationToken cancellation)
    {
        string[] running = [.. Running.Keys];
        if (running.Length == 0) return;
        var until = time.GetUtcNow() + Lease;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await db.Set<IdempotencyRecord>().Where(row => running.Contains(row.RequestId)).ExecuteUpdateAsync(set => set.SetProperty(row => row.LeaseUntil, until), cancellation);
    }

    /// <summary>Deletes at most so many keys whose time is over; returns how many it were.</summary>
    internal async Task<int> SweepAsync(int most, CancellationToken cancellation)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        return await connections.ExecuteAsync(
            $"""DELETE FROM idempotency_keys WHERE (tenant_id, "key") IN (SELECT tenant_id, "key" FROM idempotency_keys WHERE expires_at <= {now} ORDER BY expires_at LIMIT {most})""", cancellation);
    }

    /// <summary>EF Core wraps what it takes for a passing fault of PostgreSQL.</summary>
    internal static bool IsOfDatabase(Exception error) => error is DbException or { InnerException: DbException };

    private async Task<bool> TryInsertAsync(LlmConsoleDbContext db, IdempotentRequest request, string requestId, CancellationToken cancellation)
    {
        var (now, running) = (time.GetUtcNow(), nameof(IdempotencyState.Running));
        var (lease, expiry) = ((now + Lease).ToUnixTimeMilliseconds(), (now + KeptFor).ToUnixTimeMilliseconds());
        return await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO idempotency_keys (tenant_id, "key", payload_hash, request_id, state, lease_until, expires_at)
            VALUES ({request.TenantId}, {request.Key}, {request.PayloadHash}, {requestId}, {running}, {lease}, {expiry}) ON CONFLICT DO NOTHING
            """, cancellation) == 1;
    }

    /// <summary>What a row that is there means for this request; none when it changed under our eyes.</summary>
    private async Task<IdempotencyLookup?> ReadAsync(
        LlmConsoleDbContext db, IdempotencyRecord held, IdempotentRequest request, string requestId, Func<string, Task<bool>> wasCharged, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (held.ExpiresAt > now)
        {
            if (held.PayloadHash != request.PayloadHash) throw IdempotencyRefusals.Mismatch();
            if (held.State == IdempotencyState.Spent) throw IdempotencyRefusals.AnswerUnavailable(held.RequestId);
            if (held.State == IdempotencyState.Answered) return new IdempotencyLookup(null, new KeptAnswer(held.RequestId, held.Answer!));
            if (held.LeaseUntil > now) throw IdempotencyRefusals.InProgress(held.RequestId);
            if (await wasCharged(held.RequestId))
            {
                await Unchanged(db, held).ExecuteUpdateAsync(set => set.SetProperty(row => row.State, IdempotencyState.Spent), cancellation);
                return null;
            }
        }

        return await TryTakeOverAsync(db, held, request, requestId, cancellation) ? Claimed(request, requestId) : null;
    }

    private async Task<bool> TryTakeOverAsync(LlmConsoleDbContext db, IdempotencyRecord held, IdempotentRequest request, string requestId, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var (lease, expiry) = (now + Lease, now + KeptFor);
        return await Unchanged(db, held).ExecuteUpdateAsync(set => set
            .SetProperty(row => row.PayloadHash, request.PayloadHash)
            .SetProperty(row => row.RequestId, requestId)
            .SetProperty(row => row.State, IdempotencyState.Running)
            .SetProperty(row => row.Answer, (byte[]?)null)
            .SetProperty(row => row.LeaseUntil, lease)
            .SetProperty(row => row.ExpiresAt, expiry), cancellation) == 1;
    }

    private IdempotencyLookup Claimed(IdempotentRequest request, string requestId) => new(new IdempotencyClaim(this, request, requestId), null);

    private static IQueryable<IdempotencyRecord> Unchanged(LlmConsoleDbContext db, IdempotencyRecord held) => db.Set<IdempotencyRecord>().Where(row =>
        row.TenantId == held.TenantId && row.Key == held.Key && row.RequestId == held.RequestId && row.State == held.State && row.LeaseUntil == held.LeaseUntil);

    private static IQueryable<IdempotencyRecord> Held(LlmConsoleDbContext db, IdempotentRequest request) =>
        db.Set<IdempotencyRecord>().Where(row => row.TenantId == request.TenantId && row.Key == request.Key);

    /// <summary>Changes the claim's row, if it still is the claim's. The call has ended and its caller waits: no longer than a few seconds, and never for an error.</summary>
    private async Task TryAsync(IdempotencyClaim claim, Func<IQueryable<IdempotencyRecord>, CancellationToken, Task<int>> change)
    {
        using var timer = new CancellationTokenSource(LongestWait, time);
        try
        {
            await using var db = await contexts.CreateDbContextAsync(timer.Token);
            var rows = Held(db, claim.Request).Where(row => row.RequestId == claim.RequestId && row.State == IdempotencyState.Running);
            if (await change(rows, timer.Token) == 0) ClaimLost(claim.RequestId);
        }
        catch (Exception e) when (e is OperationCanceledException || IsOfDatabase(e))
        {
            SettlingFailed(claim.RequestId, e);
        }
    }

    [LoggerMessage(LogLevel.Error, "Looking up the idempotency key of {RequestId} failed; the request was refused")]
    private partial void LookupFailed(string requestId, Exception error);

    [LoggerMessage(LogLevel.Error, "Writing down how {RequestId} ended failed; its idempotency key answers no repetition until its claim lapses")]
    private partial void SettlingFailed(string requestId, Exception error);

    [LoggerMessage(LogLevel.Warning, "{RequestId} ended after another call had taken over its idempotency key; its answer is not kept")]
    private partial void ClaimLost(string requestId);
}
