using System.Text.Json;
using System.Text.Json.Nodes;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Webhooks;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Alerts;

/// <summary>Keeps alerts: a condition that is new begins one, one that is gone for a while ends it, and both are told in the same transaction.</summary>
internal sealed class AlertBook(IDbContextFactory<LlmConsoleDbContext> contexts, DatabaseConnections connections, WebhookOutbox outbox, TimeProvider time)
{
    /// <summary>A condition that comes and goes within this time stays one alert.</summary>
    public static readonly TimeSpan ResolveAfter = TimeSpan.FromMinutes(2);

    /// <summary>How old the last sight may become before it is written down again.</summary>
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(90);

    /// <summary>Brings the alerts of a rule to what holds now.</summary>
    public async Task ApplyAsync(AlertRule rule, IReadOnlyList<Condition> conditions, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var open = await db.Set<Alert>().AsNoTracking().Where(alert => alert.RuleId == rule.Id && alert.OpenKey != null).ToDictionaryAsync(alert => alert.OpenKey!, cancellation);
        var changed = false;
        foreach (var condition in conditions.DistinctBy(condition => condition.Subject))
        {
            var key = $"{rule.Id}|{condition.Subject}";
            if (!open.Remove(key, out var known)) Fire(db, rule, condition, key, now);
            else if (now - known.LastSeenAt >= Refresh) db.Update(known with { LastSeenAt = now, Sentence = condition.Sentence });
            else continue;
            changed = true;
        }

        foreach (var gone in open.Values.Where(alert => now - alert.LastSeenAt >= ResolveAfter))
        {
            Resolve(db, gone, now);
            changed = true;
        }

        if (changed) await SaveAsync(db, cancellation);
    }

    /// <summary>Ends the alerts of rules that aren't there or are off, and forgets old ones.</summary>
    public async Task CleanAsync(IReadOnlyCollection<string> activeRules, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var oldest = now - KeptFor;
        if (!await connections.AnyAsync($"SELECT 1 FROM alerts WHERE open_key IS NOT NULL OR fired_at <= {oldest.ToUnixTimeMilliseconds()} LIMIT 1", cancellation)) return;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        foreach (var orphan in await db.Set<Alert>().AsNoTracking().Where(alert => alert.OpenKey != null && !activeRules.Contains(alert.RuleId)).ToListAsync(cancellation)) Resolve(db, orphan, now);
        await SaveAsync(db, cancellation);
        await db.Set<Alert>().Where(alert => alert.OpenKey == null && alert.FiredAt <= oldest).ExecuteDeleteAsync(cancellation);
    }

    private void Fire(LlmConsoleDbContext db, AlertRule rule, Condition condition, string key, DateTimeOffset now)
    {
        var alert = new Alert { Id = Ids.New("alr", time), RuleId = rule.Id, RuleName = rule.Name, Kind = rule.Kind, TenantId = condition.TenantId, Sentence = condition.Sentence, Webhooks = rule.Webhooks, OpenKey = key, FiredAt = now, LastSeenAt = now };
        db.Add(alert);
        outbox.Add(db, new WebhookEvent(EventTypes.AlertFired, alert.TenantId, alert.Id, Data(alert), $"{rule.Name}: {alert.Sentence}") { OnlyTo = alert.Webhooks });
        if (condition.EventType is not { } type) return;
        var facts = JsonSerializer.SerializeToNode(condition.Facts)!.AsObject();
        facts["message"] = condition.Sentence;
        outbox.Add(db, new WebhookEvent(type, alert.TenantId, alert.Id, facts, alert.Sentence));
    }

    private void Resolve(LlmConsoleDbContext db, Alert alert, DateTimeOffset now)
    {
        var over = alert with { OpenKey = null, ResolvedAt = now };
        db.Update(over);
        outbox.Add(db, new WebhookEvent(EventTypes.AlertResolved, over.TenantId, over.Id, Data(over), $"Resolved: {alert.RuleName}: {alert.Sentence}") { OnlyTo = over.Webhooks });
    }

    /// <summary>An alert as events show it.</summary>
    public static JsonObject Data(Alert alert) => new()
    {
        ["object"] = "alert",
        ["id"] = alert.Id,
        ["rule_id"] = alert.RuleId,
        ["rule"] = alert.RuleName,
        ["kind"] = JsonNamingPolicy.KebabCaseLower.ConvertName(alert.Kind.ToString()),
        ["tenant_id"] = alert.TenantId,
        ["message"] = alert.Sentence,
        ["fired_at"] = alert.FiredAt.UtcDateTime,
        ["resolved_at"] = alert.ResolvedAt?.UtcDateTime,
    };

    private async Task SaveAsync(LlmConsoleDbContext db, CancellationToken cancellation)
    {
        await db.SaveChangesAsync(cancellation);
        outbox.Committed();
    }
}
