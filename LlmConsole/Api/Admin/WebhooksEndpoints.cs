using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Webhooks;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

internal static class WebhooksEndpoints
{
    private const string Example =
        """{"object":"webhook","id":"whk_01kb2hk7v3r5s8m1n4q6w9x2ya","tenant":"Acme","tenantId":"ten_01kb2h8m5pn0q6w7t2z4y9x3ra","url":"https://example.com/hooks","format":"standard","events":["job.*"],"enabled":true,"disabledReason":null,"disabledAt":null,"previousSecretUntil":null,"createdAt":"2027-01-31T09:40:00Z"}""";

    private const string DeliveryExample =
        """{"object":"delivery","id":"dlv_01kb2hn2c4d6f8g0h2j4k6m8pq","messageId":"msg_01kb2hn2c4d6f8g0h2j4k6m8pr","webhookId":"whk_01kb2hk7v3r5s8m1n4q6w9x2ya","event":"job.succeeded","subject":"job_01kb2hm9z1x3c5v7b9n0m2q4ws","status":"delivered","attempts":1,"nextAttemptAt":null,"lastStatus":204,"lastError":null,"lastAttemptAt":"2027-01-31T09:41:00Z","createdAt":"2027-01-31T09:41:00Z"}""";

    private static readonly string Issued = Example[..^1] + ""","secret":"whsec_RVhBTVBMRWV4YW1wbGVFWEFNUExFZXhhbXBsZUVYQU0="}""";

    private static readonly string Details = DeliveryExample[..^1] + ""","body":"{\"type\":\"job.succeeded\"}","log":[{"number":1,"at":"2027-01-31T09:41:00Z","durationMs":41.5,"status":204,"error":null,"requestHeaders":[{"name":"webhook-id","value":"msg_01kb2hn2c4d6f8g0h2j4k6m8pr"}],"responseHeaders":[],"responseStart":null}]}""";

    private static readonly Resource<WebhookEndpoint, WebhookView> Webhooks = new("webhook", "webhooks", "tenant", "enabled")
    {
        All = snapshot => snapshot.Webhooks.Values,
        Find = (snapshot, id) => snapshot.Webhooks.GetValueOrDefault(id),
        View = WebhookView.From,
        Matches = (endpoint, query, snapshot, _) =>
            (query.Text("tenant") is not { } tenant || endpoint.TenantId == (snapshot.FindTenant(tenant)?.Id ?? tenant))
            && (query.Read("enabled", text => bool.TryParse(text, out var flag) ? flag : (bool?)null, "true or false") is not { } enabled || endpoint.IsEnabled == enabled),
    };

    private static readonly ResourceDocs Docs = new(
        "Admin: webhooks",
        "An endpoint is sent events of a tenant as they happen, or those of all tenants and of the gateway itself when it has no tenant. Deliveries follow Standard Webhooks 1.0.0.",
        """{"tenant":"Acme","url":"https://example.com/hooks","events":["job.*"]}""",
        """{"events":["job.failed","alert.*"],"enabled":true}""",
        Example);

    public static void MapWebhooks(this RouteGroupBuilder admin)
    {
        admin.MapReads(Webhooks, Docs);
        admin.MapPost("webhooks", CreateAsync).RequireAuthorization(Access.Edit)
            .WithMetadata(Docs.Create("webhook") with { Response = Issued, Description = Docs.About + " The answer holds the secret, this one time. Addresses that are loopback, private, link-local or metadata services are refused." });
        admin.MapPatch("webhooks/{id}", ChangeAsync).RequireAuthorization(Access.Edit).WithMetadata(Docs.Change("webhook") with { Description = "Only the fields that are sent change. Enabling takes up the deliveries that wait." });
        admin.MapDelete("webhooks/{id}", DeleteAsync).RequireAuthorization(Access.Edit).WithMetadata(Docs.Delete("webhook") with { Description = "What waits for it is not delivered any more." });
        admin.MapPost("webhooks/{id}/rotate", RotateAsync).RequireAuthorization(Access.Edit)
            .WithMetadata(Doc("rotate-webhook", "Rotate one webhook's secret", "For overlapSeconds (a day if it isn't sent), deliveries carry two signatures: by the new secret and by the old.") with { Request = """{"overlapSeconds":86400}""", Response = Issued });
        admin.MapPost("webhooks/{id}/test", TestAsync).RequireAuthorization(Access.Edit)
            .WithMetadata(Doc("test-webhook", "Send a test event", "Makes one attempt, now, and answers with what came of it. The endpoint gets an event of type webhook.test, disabled or not.") with { Response = Details });
        admin.MapGet("webhooks/{id}/deliveries", ListAsync)
            .WithMetadata(Doc("list-webhook-deliveries", "List one webhook's deliveries", "Newest first.") with { IsList = true, Filters = ["status"], Response = $$"""{"object":"list","data":[{{DeliveryExample}}],"has_more":false,"next":null}""" });
        admin.MapGet("webhooks/{id}/deliveries/{delivery}", GetAsync).WithMetadata(Doc("get-webhook-delivery", "Get one delivery with its attempts", "What was sent and what came back at each attempt, newest first.") with { Response = Details });
        admin.MapPost("webhooks/{id}/deliveries/{delivery}/resend", ResendAsync).RequireAuthorization(Access.Edit)
            .WithMetadata(Doc("resend-webhook-delivery", "Send one delivery again", "With the same webhook-id and body, soon, and with the whole schedule of attempts before it. Refused with 409 while an attempt is under way or the endpoint is disabled.") with { Response = DeliveryExample });
    }

    private static OperationDoc Doc(string id, string summary, string description) => new(id, summary, description) { Tag = Docs.Tag };

    private static async Task<Created<IssuedWebhookView>> CreateAsync(Body<WebhookBody> body, Resources resources, WebhookEdits edits, ConfigurationStore store, HttpContext context)
    {
        var issued = await edits.CreateAsync(Resources.Actor(context), body.Value.ToDraft(store.Current), context.RequestAborted);
        return TypedResults.Created($"/admin/v1/webhooks/{issued.Endpoint.Id}", new IssuedWebhookView(resources.View(Webhooks, issued.Endpoint), issued.Secret));
    }

    private static async Task<Ok<WebhookView>> ChangeAsync(string id, Body<WebhookPatch> body, Resources resources, WebhookEdits edits, HttpContext context) =>
        TypedResults.Ok(resources.View(Webhooks, await edits.ChangeAsync(Resources.Actor(context), resources.Find(Webhooks, id), body.Value.ToChange(), context.RequestAborted)));

    private static async Task<NoContent> DeleteAsync(string id, Resources resources, WebhookEdits edits, HttpContext context)
    {
        await edits.DeleteAsync(Resources.Actor(context), resources.Find(Webhooks, id), context.RequestAborted);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<IssuedWebhookView>> RotateAsync(string id, Body<WebhookRotate> body, Resources resources, WebhookEdits edits, HttpContext context)
    {
        var issued = await edits.RotateAsync(Resources.Actor(context), resources.Find(Webhooks, id), body.Value.Overlap, context.RequestAborted);
        return TypedResults.Ok(new IssuedWebhookView(resources.View(Webhooks, issued.Endpoint), issued.Secret));
    }

    private static async Task<Ok<DeliveryDetailsView>> TestAsync(string id, Resources resources, DeliveryActions actions, HttpContext context)
    {
        var (delivery, attempt) = await actions.TestAsync(Resources.Actor(context), resources.Find(Webhooks, id), context.RequestAborted);
        return TypedResults.Ok(new DeliveryDetailsView(delivery, [attempt]));
    }

    private static async Task<Ok<Page<DeliveryView>>> ListAsync(string id, Resources resources, DeliveryQueries deliveries, HttpContext context)
    {
        var query = new Query(context.Request, "status");
        var rows = await deliveries.PageAsync(resources.Find(Webhooks, id).Id, query.Choice<DeliveryState>("status"), query.After, query.Limit + 1, context.RequestAborted);
        return TypedResults.Ok(new Page<DeliveryView>([.. rows.Take(query.Limit).Select(DeliveryView.From)], rows.Count > query.Limit ? rows[query.Limit - 1].Id : null));
    }

    private static async Task<Ok<DeliveryDetailsView>> GetAsync(string id, string delivery, Resources resources, DeliveryQueries deliveries, HttpContext context)
    {
        var found = await RequireAsync(id, delivery, resources, deliveries, context);
        return TypedResults.Ok(new DeliveryDetailsView(found, await deliveries.AttemptsAsync(delivery, context.RequestAborted)));
    }

    private static async Task<Ok<DeliveryView>> ResendAsync(string id, string delivery, Resources resources, DeliveryQueries deliveries, DeliveryActions actions, HttpContext context)
    {
        var (endpoint, found) = (resources.Find(Webhooks, id), await RequireAsync(id, delivery, resources, deliveries, context));
        if (!endpoint.IsEnabled) throw new RefusalException(ErrorCode.Conflict, "The endpoint is disabled. Enable it first.");
        if (!await actions.ResendAsync(Resources.Actor(context), endpoint, found, context.RequestAborted)) throw new RefusalException(ErrorCode.Conflict, "An attempt is under way. Wait for what comes of it.");
        return TypedResults.Ok(DeliveryView.From((await deliveries.FindAsync(delivery, context.RequestAborted))!));
    }

    private static async Task<Delivery> RequireAsync(string id, string delivery, Resources resources, DeliveryQueries deliveries, HttpContext context) =>
        await deliveries.FindAsync(delivery, context.RequestAborted) is { } found && found.EndpointId == resources.Find(Webhooks, id).Id
            ? found
            : throw new RefusalException(ErrorCode.NotFound, $"There is no delivery {delivery}. GET /admin/v1/webhooks/{id}/deliveries lists those of this webhook.");
}
