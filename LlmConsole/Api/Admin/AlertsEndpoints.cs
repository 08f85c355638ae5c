using LlmConsole.Authentication;
using LlmConsole.Core;
using LlmConsole.Core.Alerts;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

internal static class AlertsEndpoints
{
    private const string Rule =
        """{"object":"alert-rule","id":"rule_01kb2hs5t7w9y1a3c5e7g9j1mn","name":"Many errors","kind":"error-rate","tenant":null,"tenantId":null,"threshold":5,"unit":"%","webhooks":["whk_01kb2hk7v3r5s8m1n4q6w9x2ya"],"enabled":true,"createdAt":"2027-01-31T09:45:00Z"}""";

    private const string Alert =
        """{"object":"alert","id":"alr_01kb2ht8v0x2z4b6d8f0h2k4np","ruleId":"rule_01kb2hs5t7w9y1a3c5e7g9j1mn","rule":"Many errors","kind":"error-rate","tenantId":null,"message":"12 of 40 calls of model fast failed in the last five minutes (30 %).","firedAt":"2027-01-31T09:46:00Z","resolvedAt":null}""";

    private static readonly Resource<AlertRule, AlertRuleView> Rules = new("alert-rule", "alert-rules", "kind")
    {
        All = snapshot => snapshot.AlertRules.Values,
        Find = (snapshot, id) => snapshot.AlertRules.GetValueOrDefault(id),
        View = AlertRuleView.From,
        Matches = (rule, query, _, _) => query.Read("kind", Kind, Expected.Of(typeof(AlertKind), AdminJson.Options)) is not { } kind || rule.Kind == kind,
    };

    private static readonly ResourceDocs Docs = new(
        "Admin: alerts",
        "A rule watches for something: a budget that is nearly used (budget), spending much faster than usual (spend-velocity), errors (error-rate), slow calls (latency) or first tokens (first-token), a target that is down (target-down), a model without a price (unpriced-model), a store that doesn't answer (store-degraded), a key that expires soon (key-expiring), a webhook endpoint that was disabled because its receiver failed (endpoint-disabled). Its alerts go to the webhook endpoints that take alert.*, or to those alone that it names.",
        """{"kind":"error-rate","name":"Many errors","threshold":5,"webhooks":["whk_01kb2hk7v3r5s8m1n4q6w9x2ya"]}""",
        """{"threshold":10,"enabled":true}""",
        Rule)
    { OnDelete = "What it had raised is resolved." };

    public static void MapAlerts(this RouteGroupBuilder admin)
    {
        admin.MapResource<AlertRule, AlertRuleBody, AlertRuleView>(Rules, Docs, time => new AlertRule { Id = Ids.New("rule", time), Name = "", Kind = default, CreatedAt = time.GetUtcNow() });
        admin.MapPost("alert-rules/{id}/test", TestAsync).RequireAuthorization(Access.Edit)
            .WithMetadata(new OperationDoc("test-alert-rule", "Send a test of one rule", "Makes one attempt, now, to each webhook endpoint that gets the rule's alerts, and answers with what came of each.")
            {
                Tag = Docs.Tag, Response = """{"object":"list","data":[{"webhookId":"whk_01kb2hk7v3r5s8m1n4q6w9x2ya","url":"https://example.com/hooks","status":204,"durationMs":41.5,"error":null,"responseStart":null}],"has_more":false,"next":null}""",
            });
        admin.MapGet("alerts", ListAsync)
            .WithMetadata(new OperationDoc("list-alerts", "List alerts", "Newest first; open=true lists those that last.") { Tag = Docs.Tag, IsList = true, Filters = ["open"], Response = $$"""{"object":"list","data":[{{Alert}}],"has_more":false,"next":null}""" });
    }

    private static async Task<Ok<Page<AlertTestView>>> TestAsync(string id, Resources resources, AlertRehearsal rehearsal, HttpContext context)
    {
        var sent = await rehearsal.SendAsync(Resources.Actor(context), resources.Find(Rules, id), context.RequestAborted);
        return TypedResults.Ok(new Page<AlertTestView>([.. sent.Select(test => AlertTestView.From(test.Endpoint, test.Attempt))], null));
    }

    private static async Task<Ok<Page<AlertView>>> ListAsync(AlertQueries alerts, HttpContext context)
    {
        var query = new Query(context.Request, "open");
        var open = query.Read("open", text => bool.TryParse(text, out var flag) ? flag : (bool?)null, "true or false");
        var rows = await alerts.PageAsync(open, query.After, query.Limit + 1, context.RequestAborted);
        return TypedResults.Ok(new Page<AlertView>([.. rows.Take(query.Limit).Select(AlertView.From)], rows.Count > query.Limit ? rows[query.Limit - 1].Id : null));
    }

    private static AlertKind? Kind(string text) => Enum.TryParse<AlertKind>(text.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var kind) && Enum.IsDefined(kind) ? kind : null;
}
