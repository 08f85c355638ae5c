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
        """{"object":"request","id":"req_01kb2hd9r4t6y8v0b3n5m7q1xc","startedAt":"2027-01-31T09:35:00Z","tenant":"Acme","tenantId":"ten_01kb2h8m5pn0q6w7t2z4y9x3ra","key":"Web shop","keyId":"key_01kb2h9a7qd3s5v8x1c4b6n0me","userId":null,"task":"summaries","model":"fast","modelServed":"fast","provider":"Simulator","providerId":"prv_01kb2hb2f8m1t5y7w9e3r6q0za","providerModel":"echo","attempts":1,"attemptLog":[{"providerId":"prv_01kb2hb2f8m1t5y7w9e3r6q0za","providerModel":"echo","startMs":1,"durationMs":811,"error":null,"promptTokens":120,"outputTokens":40,"drill":null}],"stream":true,"cache":"miss","outcome":"answered","status":200,"errorCode":null,"finishReason":"stop","usage":{"inputTokens":120,"cachedInputTokens":0,"outputTokens":40,"reasoningTokens":0,"source":"provider"},"cost":0.000042,"savedCost":0,"savedTokens":0,"wastedCost":0,"priceVersion":1,"firstTokenMs":310.5,"durationMs":812.25}""";

    private const string CsvExample =
        $"\"{RequestCsv.Header}\\r\\nreq_01kb2hd9r4t6y8v0b3n5m7q1xc,2027-01-31T09:35:00.0000000Z,ten_01kb2h8m5pn0q6w7t2z4y9x3ra,Acme,key_01kb2h9a7qd3s5v8x1c4b6n0me,Web shop,,summaries,fast,fast,prv_01kb2hb2f8m1t5y7w9e3r6q0za,Simulator,echo,1,true,miss,answered,200,,stop,120,0,0,40,0,provider,1,0.000042,0,0,0,310.5,812.25\\r\\n\"";

    private static readonly string[] Filters = ["tenant", "key", "user", "task", "model", "served", "outcome", "status", "cache", "is", "longerThanMs", "from", "to"];

    public static void MapRequests(this RouteGroupBuilder admin)
    {
        admin.MapGet("requests", ListAsync).WithMetadata(new OperationDoc("list-requests", "List requests", $"{About} The last that ended comes first. tenant and key are given by id, a tenant also by name; model is the one asked for, served the one that answered; is takes error (failed or incomplete) or cached (exact or semantic); from (inclusive) and to (exclusive) are of its arrival.")
        {
            Tag = "Admin: requests", IsList = true, Filters = Filters, Response = $$"""{"object":"list","data":[{{Example}}],"has_more":true,"next":"184223"}""",
        });

        admin.MapGet("requests.csv", ExportAsync).WithMetadata(new OperationDoc("export-requests", "Export requests as CSV", "Every call that the filters leave, the last that ended first, one a row under a row of names; times are UTC in ISO 8601, money is in US dollars. Texts that a spreadsheet would take for a formula begin with an apostrophe. The rows are streamed; an export is written into the audit log.")
        {
            Tag = "Admin: requests", Filters = Filters, Response = CsvExample,
        }).Produces<string>(StatusCodes.Status200OK, "text/csv");

        admin.MapGet("requests/{id}", GetAsync).WithMetadata(new OperationDoc("get-request", "Get one request", $"{About} The id is the x-request-id that the caller got.") { Tag = "Admin: requests", Response = Example });
    }

    private static async Task<Ok<Page<RequestView>>> ListAsync(HttpRequest request, UsageQueries usage, ConfigurationStore store, CancellationToken cancellation)
    {
        var query = new Query(request, Filters);
        var snapshot = store.Current;
        var filter = FilterOf(query, snapshot);
        var before = query.Read("after", text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence : (long?)null, "the next of the page before");
        var page = await usage.PageAsync(filter, query.Limit, before, cancellation);
        return TypedResults.Ok(new Page<RequestView>([.. page.Records.Select(record => RequestView.From(record, snapshot))], page.Next?.ToString(CultureInfo.InvariantCulture)));
    }

    private static async Task ExportAsync(HttpContext context, UsageQueries usage, ConfigurationStore store, ConfigurationEditor editor, CancellationToken cancellation)
    {
        var query = new Query(context.Request, Filters);
        var snapshot = store.Current;
        var filter = FilterOf(query, snapshot);
        var asked = context.Request.QueryString.Value is { Length: > 1 } text ? text[1..] : "all";
        await editor.AuditAsync(Resources.Actor(context), "export", "requests", "requests.csv", asked, null, null, cancellation);
        context.Response.ContentType = "text/csv; charset=utf-8";
        context.Response.Headers.ContentDisposition = "attachment; filename=requests.csv";
        await RequestCsv.WriteAsync(context.Response.BodyWriter, usage.AllAsync(filter, RequestCsv.PageSize, cancellation), snapshot, cancellation);
    }

    private static UsageFilter FilterOf(Query query, ConfigurationSnapshot snapshot) => new()
    {
        // A deleted tenant is still found by its id.
        TenantId = query.Text("tenant") is { } tenant ? snapshot.FindTenant(tenant)?.Id ?? tenant : null,
        KeyId = query.Text("key"), UserId = query.Text("user"), Task = query.Text("task"), Model = query.Text("model"), ModelServed = query.Text("served"),
        Outcome = query.Choice<Outcome>("outcome"), Cache = query.Choice<CacheVerdict>("cache"), Is = query.Choice<CallTrait>("is"), From = query.Time("from"), To = query.Time("to"),
        Status = query.Read("status", text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 100 and < 600 ? status : (int?)null, "a status such as 429"),
        LongerThanMs = query.Read("longerThanMs", text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var milliseconds) ? milliseconds : (double?)null, "a number of milliseconds"),
    };

    private static async Task<Ok<RequestView>> GetAsync(string id, UsageQueries usage, ConfigurationStore store, CancellationToken cancellation) =>
        await usage.FindAsync(id, cancellation) is { } record
            ? TypedResults.Ok(RequestView.From(record, store.Current))
            : throw new RefusalException(ErrorCode.NotFound, $"There is no request {id} in the books. A request is found once it has ended.");
}
