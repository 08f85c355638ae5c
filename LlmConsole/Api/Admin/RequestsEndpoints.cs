using System.Globalization;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

internal static class RequestsEndpoints
{
    private const string About = "A request is one call as it stands in the books; exactly one is written for every ending, and it never changes.";
    private const string Example =
        """{"object":"request","id":"req_01kb2hd9r4t6y8v0b3n5m7q1xc","startedAt":"2027-01-31T09:35:00Z","tenant":"Acme","tenantId":"ten_01kb2h8m5pn0q6w7t2z4y9x3ra","key":"Web shop","keyId":"key_01kb2h9a7qd3s5v8x1c4b6n0me","userId":null,"task":"summaries","model":"fast","modelServed":"fast","provider":"Simulator","providerId":"prv_01kb2hb2f8m1t5y7w9e3r6q0za","providerModel":"echo","attempts":1,"stream":true,"cache":"miss","outcome":"answered","status":200,"errorCode":null,"finishReason":"stop","usage":{"inputTokens":120,"cachedInputTokens":0,"outputTokens":40,"reasoningTokens":0,"source":"provider"},"cost":0.000042,"savedCost":0,"priceVersion":1,"firstTokenMs":310.5,"durationMs":812.25}""";

    private static readonly string[] Filters = ["tenant", "key", "model", "outcome", "from", "to"];

    public static void MapRequests(this RouteGroupBuilder admin)
    {
        admin.MapGet("requests", ListAsync).WithMetadata(new OperationDoc("list-requests", "List requests", $"{About} Newest first. tenant and key are given by id, a tenant also by name; from is inclusive, to exclusive.")
        {
            Tag = "Admin: requests", IsList = true, Filters = Filters, Response = $$"""{"object":"list","data":[{{Example}}],"has_more":true,"next":"184223"}""",
        });

        admin.MapGet("requests/{id}", GetAsync).WithMetadata(new OperationDoc("get-request", "Get one request", $"{About} The id is the x-request-id that the caller got.") { Tag = "Admin: requests", Response = Example });
    }

    private static async Task<Ok<Page<RequestView>>> ListAsync(HttpRequest request, UsageQueries usage, ConfigurationStore store, CancellationToken cancellation)
    {
        var query = new Query(request, Filters);
        var snapshot = store.Current;
        var filter = new UsageFilter
        {
            // A deleted tenant is still found by its id.
            TenantId = query.Text("tenant") is { } tenant ? snapshot.FindTenant(tenant)?.Id ?? tenant : null,
            KeyId = query.Text("key"),
            Model = query.Text("model"),
            Outcome = query.Choice<Outcome>("outcome"),
            From = query.Time("from"),
            To = query.Time("to"),
        };
        var before = query.Read("after", text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence : (long?)null, "the next of the page before");
        var page = await usage.PageAsync(filter, query.Limit, before, cancellation);
        return TypedResults.Ok(new Page<RequestView>([.. page.Records.Select(record => RequestView.From(record, snapshot))], page.Next?.ToString(CultureInfo.InvariantCulture)));
    }

    private static async Task<Ok<RequestView>> GetAsync(string id, UsageQueries usage, ConfigurationStore store, CancellationToken cancellation) =>
        await usage.FindAsync(id, cancellation) is { } record
            ? TypedResults.Ok(RequestView.From(record, store.Current))
            : throw new RefusalException(ErrorCode.NotFound, $"There is no request {id} in the books. A request is found once it has ended.");
}
