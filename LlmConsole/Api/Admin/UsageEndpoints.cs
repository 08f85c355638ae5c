using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

/// <summary>Usage and cost over a stretch of time, grouped; as JSON, a page at a time, or as CSV for spreadsheets.</summary>
internal static class UsageEndpoints
{
    /// <summary>There may be a hundred thousand keys. Whatever else a report is grouped by fits on a page.</summary>
    internal const int MostGroups = 1_000;

    private static readonly string[] Filters = ["from", "to", "groupBy", "tenant", "key", "user", "model", "task", "format"];

    public static void MapUsage(this RouteGroupBuilder admin) => admin.MapGet("usage", ListAsync).WithMetadata(new OperationDoc(
        "list-usage", "List usage and cost",
        "The calls of whole hours (UTC) from the hour of from (30 days ago if it isn't sent) to before the hour of to (the next hour), summed by groupBy: tenant, key, user, model, task or day. Days come in their order, anything else the dearest first, at most 1,000 groups a page; groups says how many there are, and total is the sum over all of them. The sums are those of the records, to the nano-dollar. By model, an empty key stands for calls that were refused because the model isn't known or allowed. format=csv answers text/csv with a row for each group, streamed: all of them unless limit or after is sent.")
    {
        Tag = "Admin: usage", IsList = true, DefaultLimit = MostGroups, MaxLimit = MostGroups, Filters = Filters,
        Response = """{"object":"usage","from":"2027-01-01T00:00:00Z","to":"2027-02-01T00:00:00Z","groupBy":"tenant","groups":1,"total":{"calls":12000,"answered":11800,"refused":150,"failed":50,"incomplete":0,"abandoned":0,"inputTokens":1400000,"cachedInputTokens":0,"cacheWriteTokens":0,"outputTokens":480000,"reasoningTokens":0,"cost":12.4075,"savedCost":0,"unpriced":0,"averageMs":812.2,"averageFirstTokenMs":310.5},"data":[{"key":"ten_01kb2h8m5pn0q6w7t2z4y9x3ra","name":"Acme","calls":12000,"answered":11800,"refused":150,"failed":50,"incomplete":0,"abandoned":0,"inputTokens":1400000,"cachedInputTokens":0,"cacheWriteTokens":0,"outputTokens":480000,"reasoningTokens":0,"cost":12.4075,"savedCost":0,"unpriced":0,"averageMs":812.2,"averageFirstTokenMs":310.5}],"has_more":false,"next":null}""",
    });

    private static async Task<Results<Ok<UsageReport>, PushStreamHttpResult>> ListAsync(HttpContext context, UsageBreakdowns usage, ConfigurationStore store, TimeProvider time, CancellationToken cancellation)
    {
        var query = new Query(context.Request, MostGroups, MostGroups, Filters);
        var (snapshot, by, isCsv) = (store.Current, query.Choice<UsageDimension>("groupBy") ?? UsageDimension.Day, IsCsv(query));
        var (after, now) = (query.Read("after", UsagePlace.Read, "the next of the page before"), time.GetUtcNow());
        var (from, to) = (Hour(query.Time("from") ?? now.AddDays(-30)), Hour(query.Time("to") ?? now.AddHours(1)));
        var groups = await usage.GroupAsync(from, to, by, FilterOf(query, snapshot), cancellation);
        var rest = after is { } place ? groups.SkipWhile(group => !place.IsBefore(group, by)) : groups;
        if (isCsv)
        {
            var rows = (query.Text("limit") is null ? rest : rest.Take(query.Limit)).Select(group => UsageRow.Of(group, by, snapshot));
            return TypedResults.Stream(_ => UsageCsv.WriteAsync(context.Response.BodyWriter, rows, cancellation), "text/csv; charset=utf-8");
        }

        var page = rest.Take(query.Limit + 1).ToList();
        var next = page.Count > query.Limit ? UsagePlace.Of(page[query.Limit - 1]).ToString() : null;
        var total = UsageFigures.Of(UsageSums.Total(groups.Select(group => group.Sums)));
        return TypedResults.Ok(new UsageReport("usage", from, to, by, groups.Count, total, [.. page.Take(query.Limit).Select(group => UsageRow.Of(group, by, snapshot))], next));
    }

    private static bool IsCsv(Query query) => query.Text("format") switch
    {
        null or "json" => false,
        "csv" => true,
        _ => throw new RefusalException(ErrorCode.InvalidValue, "format must be json or csv.", "format"),
    };

    private static BreakdownFilter FilterOf(Query query, ConfigurationSnapshot snapshot) => new()
    {
        TenantId = query.Text("tenant") is { } tenant ? snapshot.FindTenant(tenant)?.Id ?? tenant : null,
        KeyId = query.Text("key"), UserId = query.Text("user"), Model = query.Text("model"), Task = query.Text("task"),
    };

    private static DateTimeOffset Hour(DateTimeOffset moment) => moment.ToUniversalTime().AddTicks(-(moment.UtcTicks % TimeSpan.TicksPerHour));
}

/// <summary>Groups as rows of CSV.</summary>
internal static class UsageCsv
{
    private const int RowsAtOnce = 1_000;
    private const string Header = "key,name,calls,answered,refused,failed,incomplete,abandoned,input_tokens,cached_input_tokens,cache_write_tokens,output_tokens,reasoning_tokens,cost_usd,saved_cost_usd,unpriced_calls";

    public static async Task WriteAsync(PipeWriter body, IEnumerable<UsageRow> rows, CancellationToken cancellation)
    {
        var csv = new CsvBody(body, Header);
        foreach (var piece in rows.Chunk(RowsAtOnce))
        {
            foreach (var row in piece) Append(csv.Text, row);
            await csv.SendAsync(cancellation);
        }

        await csv.SendAsync(cancellation);
    }

    private static void Append(StringBuilder csv, UsageRow row)
    {
        csv.AppendJoin(',', CsvField.Of(row.Key), CsvField.Of(row.Name), row.Calls, row.Answered, row.Refused, row.Failed, row.Incomplete, row.Abandoned)
            .Append(CultureInfo.InvariantCulture, $",{row.InputTokens},{row.CachedInputTokens},{row.CacheWriteTokens},{row.OutputTokens},{row.ReasoningTokens},{row.Cost.ToInvariant()},{row.SavedCost.ToInvariant()},{row.Unpriced}\r\n");
    }
}
