using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Telemetry;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Webhooks;

/// <summary>One attempt of a claimed delivery, and what follows from it: done, again later, given up, or the endpoint disabled.</summary>
internal sealed partial class DeliveryRun(
    WebhookSender sender, DeliveryClaims claims, IDbContextFactory<LlmConsoleDbContext> contexts, ConfigurationEditor editor, TimeProvider time, ILogger<DeliveryRun> log)
{
    /// <summary>Deliveries given up after one another before an endpoint is disabled.</summary>
    public const int MostGivenUp = 3;

    private readonly Random _chance = Random.Shared;

    /// <summary>The attempt and the delivery after it.</summary>
    public async Task<(DeliveryAttempt Attempt, Delivery Delivery)> AttemptAsync(Delivery claim, WebhookEndpoint endpoint, CancellationToken stopping)
    {
        var (attempt, wish) = await SendAsync(claim, endpoint, stopping);
        var after = After(claim, attempt, wish);
        if (await claims.SaveAsync(claim, after, attempt, CancellationToken.None))
        {
            WebhookMetrics.Attempted(after.State switch { DeliveryState.Delivered => "delivered", DeliveryState.Pending => "retry", _ => "failed" });
            Ended(claim.Id, claim.EventType, endpoint.Id, attempt.Number, attempt.Status, after.State);
            if (after.State == DeliveryState.Failed && endpoint.IsEnabled) await MayDisableAsync(endpoint, after, attempt);
        }

        return (attempt, after);
    }

    private async Task<(DeliveryAttempt Attempt, TimeSpan? Wish)> SendAsync(Delivery claim, WebhookEndpoint endpoint, CancellationToken stopping)
    {
        try
        {
            return await sender.SendAsync(endpoint, claim, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await claims.ReleaseAsync(claim, CancellationToken.None);
            throw;
        }
    }

    private Delivery After(Delivery claim, DeliveryAttempt attempt, TimeSpan? wish)
    {
        var now = time.GetUtcNow();
        var after = claim with { Tries = claim.Tries + 1, Attempts = attempt.Number, LastStatus = attempt.Status, LastError = attempt.Error, LastAt = attempt.At };
        if (attempt.IsSuccess) return after with { State = DeliveryState.Delivered, EndedAt = now };
        var isFinal = attempt.Status == 410 || claim.EventType == EventTypes.Test;
        return !isFinal && DeliverySchedule.After(after.Tries, _chance.NextDouble(), wish) is { } delay
            ? after with { NextAt = now + delay }
            : after with { State = DeliveryState.Failed, EndedAt = now };
    }

    private async Task MayDisableAsync(WebhookEndpoint endpoint, Delivery failed, DeliveryAttempt attempt)
    {
        if (attempt.Status == 410) await DisableAsync(endpoint, "The receiver answered 410: it is gone for good.");
        else if (failed.EventType != EventTypes.Test && await GivenUpAsync(endpoint) >= MostGivenUp)
            await DisableAsync(endpoint, FormattableString.Invariant($"{MostGivenUp} deliveries one after the other were given up after {DeliverySchedule.Length} attempts each. The last: {attempt.Error}"));
    }

    /// <summary>Deliveries that were given up since one got through, or since the endpoint was enabled.</summary>
    private async Task<int> GivenUpAsync(WebhookEndpoint endpoint)
    {
        await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
        var ended = db.Set<Delivery>().Where(delivery => delivery.EndpointId == endpoint.Id && delivery.EventType != EventTypes.Test);
        var good = await ended.Where(delivery => delivery.State == DeliveryState.Delivered).OrderByDescending(delivery => delivery.EndedAt).Select(delivery => delivery.EndedAt).FirstOrDefaultAsync();
        var since = good > endpoint.EnabledAt || endpoint.EnabledAt is null ? good ?? endpoint.CreatedAt : endpoint.EnabledAt.Value;
        return await ended.CountAsync(delivery => delivery.State == DeliveryState.Failed && delivery.EndedAt > since);
    }

    private async Task DisableAsync(WebhookEndpoint endpoint, string reason)
    {
        await editor.SaveAsync(
            Actor.System,
            snapshot => snapshot.Webhooks.GetValueOrDefault(endpoint.Id) is { IsEnabled: true } current ? [Change.Put(current with { DisabledAt = time.GetUtcNow(), DisabledReason = reason })] : [],
            CancellationToken.None);
        Disabled(endpoint.Id, reason);
    }

    [LoggerMessage(LogLevel.Information, "Webhook {DeliveryId} ({EventType}) to {EndpointId}: attempt {Number} was answered {Status}, now {State}")]
    private partial void Ended(string deliveryId, string eventType, string endpointId, int number, int? status, DeliveryState state);

    [LoggerMessage(LogLevel.Warning, "Webhook endpoint {EndpointId} is disabled: {Reason}")]
    private partial void Disabled(string endpointId, string reason);
}
