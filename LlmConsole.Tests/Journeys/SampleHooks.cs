using LlmConsole.Core.Alerts;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Webhooks;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Journeys;

/// <summary>Webhooks that have been in use: one that works, one that was disabled, a chat channel. Nothing of it is due, and none takes what the rules raise.</summary>
internal static class SampleHooks
{
    private const string Sent = """{"type":"job.succeeded","timestamp":"2026-11-23T09:41:00Z","data":{"object":"job","id":"job_01kb2hm9z1x3c5v7b9n0m2q4ws","status":"succeeded","counts":{"total":2000,"succeeded":1998,"failed":2},"cost_usd":0.4213}}""";

    public static async Task FillAsync(RunningApp app)
    {
        var now = app.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        var secret = app.Services.GetRequiredService<ISecretProtector>().Protect(SecretPurpose.Webhook, WebhookSignature.NewSecret());
        var good = new WebhookEndpoint { Id = "whk_1", TenantId = app.Tenant("Acme").Id, Url = new Uri("https://hooks.acme.example/llmconsole/jobs"), Events = ["job.succeeded", "job.failed"], ProtectedSecret = secret, CreatedAt = now, PreviousSecretUntil = now.AddHours(20), ProtectedPreviousSecret = secret };
        await app.PutAsync(good);
        await app.PutAsync(good with { Id = "whk_2", TenantId = app.Tenant("Globex").Id, Url = new Uri("https://globex.example/a/rather/long/path/that/leads/to/the/receiver"), DisabledAt = now.AddHours(-3), DisabledReason = "3 deliveries one after the other were given up after 10 attempts each. The last: The receiver answered 500." });
        await app.PutAsync(good with { Id = "whk_3", TenantId = null, Url = new Uri("https://hooks.slack.com/"), Format = WebhookFormat.Slack, Events = ["job.*"] });
        await using var db = await app.Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
        foreach (var endpoint in (string[])["whk_1", "whk_2", "whk_3"])
        {
            Add(db, $"dlv_{endpoint}", endpoint, DeliveryState.Pending, now.AddMinutes(-4), 503, "The receiver answered 503.");
            for (var i = 0; i < 6; i++) Add(db, $"dlv_{i}_{endpoint}", endpoint, i == 3 ? DeliveryState.Failed : DeliveryState.Delivered, now.AddHours(-i * 3), i == 3 ? null : 204, i == 3 ? "No answer within 15 seconds." : null);
        }

        for (var i = 0; i < AlertTemplate.All.Count; i++)
        {
            var template = AlertTemplate.All[i];
            await app.PutAsync(new AlertRule { Id = $"rule_{i}", Name = template.Name, Kind = template.Kind, Threshold = template.Threshold, CreatedAt = now });
        }

        await app.PutAsync(app.Configuration.AlertRules["rule_0"] with { TenantId = app.Tenant("Globex").Id, Webhooks = ["whk_2"] });
        var slow = new Alert { Id = "alr_1", RuleId = "rule_4", RuleName = "Slow answers", Kind = AlertKind.Latency, Sentence = "The slowest 5 % of model gpt-4o-mini's calls took 34.1 s or longer in the last five minutes.", FiredAt = now.AddHours(-5), LastSeenAt = now.AddHours(-4), ResolvedAt = now.AddHours(-4) };
        db.Add(slow);
        db.Add(slow with { Id = "alr_2", RuleId = "rule_6", RuleName = "Target down", Kind = AlertKind.TargetDown, Sentence = "The target llama-3.3-70b-instruct at GPU rack failed too often and is left alone. The provider GPU rack can't be reached.", FiredAt = now.AddMinutes(-3), LastSeenAt = now, ResolvedAt = null, OpenKey = "rule_6|sample" });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
    }

    private static void Add(LlmConsoleDbContext db, string id, string endpoint, DeliveryState state, DateTimeOffset at, int? status, string? error)
    {
        var attempts = state == DeliveryState.Failed ? 10 : state == DeliveryState.Pending ? 2 : 1;
        db.Add(new Delivery
        {
            Id = id, MessageId = $"msg_01kb2hn2c4d6f8g0h2{id}", EndpointId = endpoint, EventType = state == DeliveryState.Failed ? EventTypes.JobFailed : EventTypes.JobSucceeded, SubjectId = "job_01kb2hm9z1x3c5v7b9n0m2q4ws", Body = System.Text.Encoding.UTF8.GetBytes(Sent),
            State = state, Attempts = attempts, Tries = attempts, NextAt = at.AddDays(1), LeaseUntil = at, CreatedAt = at, EndedAt = state == DeliveryState.Pending ? null : at, LastStatus = status, LastError = error, LastAt = at,
        });
        for (var number = 1; number <= attempts; number++)
        {
            db.Add(new DeliveryAttempt
            {
                DeliveryId = id, Number = number, At = at.AddSeconds(number), DurationMs = status is null ? 15_000 : 41.5, Status = status, Error = error, ResponseStart = status == 503 ? """{"error":"the queue is full, come back later"}""" : null,
                RequestHeaders = [new("User-Agent", "LlmConsole-Webhooks/1.0"), new("webhook-id", "msg_01kb2hn2c4d6f8g0h2j4k6m8pr"), new("webhook-timestamp", "1795426861"), new("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="), new("Content-Type", "application/json")],
                ResponseHeaders = status is null ? [] : [new("Server", "nginx"), new("Retry-After", "300"), new("Content-Length", "0")],
            });
        }
    }
}
