using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Webhooks;

/// <summary>Deletes deliveries that nobody needs any more, a few at a time.</summary>
internal sealed class DeliveryUpkeep(IDbContextFactory<LlmConsoleDbContext> contexts, DatabaseConnections connections, ConfigurationStore store, WebhookOptions options, DutyRoster duties, TimeProvider time)
{
    private const int Chunk = 500;

    internal static readonly TimeSpan Period = TimeSpan.FromMinutes(5);

    /// <summary>An endpoint that another instance has just created isn't known here yet.</summary>
    private static readonly TimeSpan Young = TimeSpan.FromHours(1);

    private bool _recovered;

    /// <summary>Frees what a killed process held, and deletes what is over and old, what was held back for too long, and what belongs to endpoints that are gone; one instance does it for all.</summary>
    public async Task CleanAsync(CancellationToken cancellation)
    {
        await RecoverAsync(cancellation);
        if (!await duties.TakeAsync("clean deliveries", Period, cancellation)) return;
        var now = time.GetUtcNow();
        var (oldest, young, known) = (now - options.Retention, now - Young, store.Current.Webhooks.Keys.ToArray());
        if (!await connections.AnyAsync($"SELECT 1 FROM webhook_deliveries WHERE created_at <= {Math.Max(oldest.ToUnixTimeMilliseconds(), young.ToUnixTimeMilliseconds())} LIMIT 1", cancellation)) return;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        while (true)
        {
            var ids = await db.Set<Delivery>().Where(delivery => delivery.CreatedAt <= oldest || (delivery.CreatedAt <= young && !known.Contains(delivery.EndpointId)))
                .OrderBy(delivery => delivery.Id).Select(delivery => delivery.Id).Take(Chunk).ToListAsync(cancellation);
            if (ids.Count == 0) return;
            await db.Set<Delivery>().Where(delivery => ids.Contains(delivery.Id)).ExecuteDeleteAsync(cancellation);
        }
    }

    /// <summary>SQLite has one process: what is claimed when it starts belongs to one that was killed, and need not wait until its lease lapses.</summary>
    private async Task RecoverAsync(CancellationToken cancellation)
    {
        if (connections.IsPostgres || _recovered) return;
        _recovered = true;
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        await connections.ExecuteAsync($"UPDATE webhook_deliveries SET lease_until = {now} WHERE state = {nameof(DeliveryState.Pending)} AND lease_until > {now}", cancellation);
    }
}
