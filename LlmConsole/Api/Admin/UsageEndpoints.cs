using System.Globalization;
using System.Text;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

/// <summary>Usage and cost over a stretch of time, grouped; as JSON, or as CSV for spreadsheets.</summary>
internal static class UsageEndpoints
{
    private static readonly string[] Filters = ["from", "to", "groupBy", "tenant", "key", "user", "model", "task", "format"];

    public static void MapUsage(this RouteGroupBuilder admin) => admin.MapGet("usage", ListAsync).WithMetadata(new OperationDoc(
        "list-usage", "List usage and cost",
        "The calls of whole hours (UTC) from the hour of from (30 days ago if it isn't sent) to before the hour of to (the next hour), summed by groupBy: tenant, key, user, model, task or day. The sums are those of the records, to the nano-dollar. By model, an empty key stands for calls that were refused because the model isn't known or allowed. format=csv answers text/csv with the same rows.")
    {
        Tag = "Admin: usage", Filters = Filters,
        Response = """{"object":"usage","from":"2027-01-01T00:00:00Z","to":"2027-02-01T00:00:00Z","groupBy":"tenant","data":[{"key":"ten_01kb2h8m5pn0q6w7t2z4y9x3ra","name":"Acme","calls":12000,"answered":11800,"refused":150,"failed":50,"inputTokens":1400000,"cachedInputTokens":0,"outputTokens":480000,"reasoningTokens":0,"cost":12.4075,"savedCost":0,"unpriced":0,"averageMs":812.2,"averageFirstTokenMs":310.5}]}""",
    });

    private static async Task<Results<Ok<UsageReport>, ContentHttpResult>> ListAsync(HttpRequest request, UsageBreakdowns usage, ConfigurationStore store, TimeProvider time, CancellationToken cancellation)
    {
        var query = new Query(request, Filters);
        var snapshot = store.Current;
        var by = query.Choice<UsageDimension>("groupBy") ?? UsageDimension.Day;
        var now = time.GetUtcNow();
        var (from, to) = (Hour(query.Time("from") ?? now.AddDays(-30)), Hour(query.Time("to") ?? now.AddHours(1)));
        var groups = await usage.GroupAsync(from, to, by, FilterOf(query, snapshot), cancellation);
        var rows = groups.Select(group => UsageRow.From(group, by, snapshot)).ToList();
        return query.Text("format") switch
        {
            null or "json" => TypedResults.Ok(new UsageReport("usage", from, to, by, rows)),
            "csv" => TypedResults.Text(Csv(rows), "text/csv; charset=utf-8"),
            _ => throw new RefusalException(ErrorCode.InvalidValue, "format must be json or csv.", "format"),
        };
    }

    private static BreakdownFilter FilterOf(Query query, ConfigurationSnapshot snapshot) => new()
    {
        TenantId = query.Text("tenant") is { } tenant ? snapshot.FindTenant(tenant)?.Id ?? tenant : null,
        KeyId = query.Text("key"), UserId = query.Text("user"), Model = query.Text("model"), Task = query.Text("task"),
    };

    private static DateTimeOffset Hour(DateTimeOffset moment) => moment.ToUniversalTime().AddTicks(-(moment.UtcTicks % TimeSpan.TicksPerHour));

    private static string Csv(IEnumerable<UsageRow> rows)
    {
        var csv = new StringBuilder("key,name,calls,answered,refused,failed,incomplete,abandoned,input_tokens,cached_input_tokens,cache_write_tokens,output_tokens,reasoning_tokens,cost_usd,saved_cost_usd,unpriced_calls\r\n");
        foreach (var row in rows)
        {
            csv.AppendJoin(',', CsvField.Of(row.Key), CsvField.Of(row.Name), row.Calls, row.Answered, row.Refused, row.Failed, row.Incomplete, row.Abandoned)
                .Append(CultureInfo.InvariantCulture, $",{row.InputTokens},{row.CachedInputTokens},{row.CacheWriteTokens},{row.OutputTokens},{row.ReasoningTokens},{row.Cost.ToInvariant()},{row.SavedCost.ToInvariant()},{row.Unpriced}\r\n");
        }

        return csv.ToString();
    }
}

/// <summary>Text in a CSV cell: quoted where needed, and never taken for a formula by a spreadsheet.</summary>
internal static class CsvField
{
    public static string Of(string text)
    {
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r') text = "'" + text;
        return text.AsSpan().ContainsAny("\",\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}

/// <summary>Usage in groups.</summary>
/// <param name="From">The first hour.</param>
/// <param name="To">The hour after the last.</param>
/// <param name="Data">Days in their order, anything else the dearest first.</param>
internal sealed record UsageReport(string Object, DateTimeOffset From, DateTimeOffset To, UsageDimension GroupBy, IReadOnlyList<UsageRow> Data);

/// <summary>The calls that have one thing in common.</summary>
/// <param name="Key">An id, a model, a task, a user, or a day; empty for calls without one.</param>
/// <param name="Name">The tenant's or key's name, where there is one.</param>
/// <param name="Cost">US dollars.</param>
/// <param name="Unpriced">Calls that used tokens while no price was in force.</param>
internal sealed record UsageRow(
    string Key, string Name, long Calls, long Answered, long Refused, long Failed, long Incomplete, long Abandoned, long InputTokens, long CachedInputTokens,
    long CacheWriteTokens, long OutputTokens, long ReasoningTokens, Usd Cost, Usd SavedCost, long Unpriced, double? AverageMs, double? AverageFirstTokenMs)
{
    public static UsageRow From(UsageGroup group, UsageDimension by, ConfigurationSnapshot snapshot)
    {
        var name = by switch
        {
            UsageDimension.Tenant => snapshot.Tenants.GetValueOrDefault(group.Key)?.Name,
            UsageDimension.Key => snapshot.Keys.GetValueOrDefault(group.Key)?.Name,
            _ => null,
        };
        var sums = group.Sums;
        return new UsageRow(
            group.Key, name ?? group.Key, sums.Calls, sums.Answered, sums.Refused, sums.Failed, sums.Incomplete, sums.Abandoned, sums.InputTokens, sums.CachedInputTokens,
            sums.CacheWriteTokens, sums.OutputTokens, sums.ReasoningTokens, sums.Cost, sums.SavedCost, sums.Unpriced, sums.AverageDurationMs, sums.AverageFirstTokenMs);
    }
}
