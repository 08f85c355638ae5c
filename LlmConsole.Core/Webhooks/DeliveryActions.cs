using System.Text.Json.Nodes;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Webhooks;

/// <summary>What a person can do with deliveries: send a test event and see what comes of it, and send one again.</summary>
public sealed class DeliveryActions
{
    private readonly IDbContextFactory<LlmConsoleDbContext> _contexts;
    private readonly WebhookOutbox _outbox;
    private readonly DeliveryRun _run;
    private readonly ConfigurationEditor _editor;
    private readonly TimeProvider _time;

    internal DeliveryActions(IDbContextFactory<LlmConsoleDbContext> contexts, WebhookOutbox outbox, DeliveryRun run, ConfigurationEditor editor, TimeProvider time) =>
        (_contexts, _outbox, _run, _editor, _time) = (contexts, outbox, run, editor, time);

    /// <summary>Sends a test event to an endpoint, disabled or not, at once and once.</summary>
    public Task<(Delivery Delivery, DeliveryAttempt Attempt)> TestAsync(Actor actor, WebhookEndpoint endpoint, CancellationToken cancellation) =>
        TestAsync(actor, endpoint, new WebhookEvent(
            EventTypes.Test, endpoint.TenantId, null, new JsonObject { ["message"] = "This is a test event of LlmConsole." },
            $"This is a test event of LlmConsole for {endpoint.Name}."), cancellation);

    /// <summary>Sends an event as a test, at once and once.</summary>
    public async Task<(Delivery Delivery, DeliveryAttempt Attempt)> TestAsync(Actor actor, WebhookEndpoint endpoint, WebhookEvent test, CancellationToken cancellation)
    {
        var delivery = _outbox.New(endpoint, test);
        delivery = delivery with { Fence = 1, LeaseUntil = delivery.CreatedAt + DeliveryClaims.Lease };
        await using (var db = await _contexts.CreateDbContextAsync(cancellation))
        {
            db.Add(delivery);
            await db.SaveChangesAsync(cancellation);
        }

        var (attempt, after) = await _run.AttemptAsync(delivery, endpoint, cancellation);
        await _editor.AuditAsync(actor, "webhook.test", "webhook", endpoint.Id, endpoint.Name, null, new { delivery = delivery.Id, type = delivery.EventType, status = attempt.Status, error = attempt.Error }, CancellationToken.None);
        return (after, attempt);
    }

    /// <summary>Sends a delivery again, with the same <c>webhook-id</c> and body, and the whole schedule before it. False when an attempt is under way.</summary>
    public async Task<bool> ResendAsync(Actor actor, WebhookEndpoint endpoint, Delivery delivery, CancellationToken cancellation)
    {
        var now = _time.GetUtcNow();
        await using (var db = await _contexts.CreateDbContextAsync(cancellation))
        {
            var queued = await db.Set<Delivery>().Where(row => row.Id == delivery.Id && row.LeaseUntil <= now).ExecuteUpdateAsync(set => set
                .SetProperty(row => row.State, DeliveryState.Pending)
                .SetProperty(row => row.Fence, row => row.Fence + 1)
                .SetProperty(row => row.Tries, 0)
                .SetProperty(row => row.NextAt, now)
                .SetProperty(row => row.EndedAt, (DateTimeOffset?)null), cancellation);
            if (queued == 0) return false;
        }

        await _editor.AuditAsync(actor, "webhook.resend", "webhook", endpoint.Id, endpoint.Name, null, new { delivery = delivery.Id, message = delivery.MessageId, type = delivery.EventType }, cancellation);
        _outbox.Committed();
        return true;
    }
}
