using System.Globalization;
using System.Text.Json;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api.Admin;

/// <summary>Whatever sums the calls says the same, to the nano-dollar and the token: the report by anything, its CSV, the export of the calls, and what the charts are drawn from.</summary>
public sealed class SameSumsTests : IAsyncLifetime
{
    private RunningApp _app = null!;
    private HttpClient _admin = null!;
    private UsageRecord[] _records = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private DateTimeOffset Now => _app.Services.GetRequiredService<TimeProvider>().GetUtcNow();

    private decimal Cost => _records.Sum(record => record.Cost.Dollars);

    public async ValueTask InitializeAsync()
    {
        _app = await RunningApp.StartAsync();
        _admin = _app.Client(await _app.IssueAdminKeyAsync());
        var ledger = _app.Services.GetRequiredService<UsageLedger>();
        _records = [.. UsageRecords.Any.Some(20, 400).Select((record, i) => record with { StartedAt = Now.AddDays(-(i % 20)).AddMinutes(-(i * 7 % 600)) })];
        await Task.WhenAll(_records.Select(ledger.RecordAsync));
        await ledger.WrittenAsync();
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData(UsageDimension.Tenant)]
    [InlineData(UsageDimension.Key)]
    [InlineData(UsageDimension.User)]
    [InlineData(UsageDimension.Model)]
    [InlineData(UsageDimension.Task)]
    [InlineData(UsageDimension.Day)]
    public async Task Report_ByAnything_SumsToTheRecords_AsJsonAndAsCsv(UsageDimension by)
    {
        var groups = _records.GroupBy(record => KeyOf(UsageRecords.AsKept(record), by)).ToDictionary(group => group.Key, group => (
            Cost: group.Sum(record => record.Cost.Dollars), Saved: group.Sum(record => record.SavedCost.Dollars), Calls: group.LongCount(),
            Input: group.Sum(record => record.InputTokens), Cached: group.Sum(record => record.CachedInputTokens), Output: group.Sum(record => record.OutputTokens)));
        groups.Count.ShouldBeGreaterThan(1);

        using var report = JsonDocument.Parse(await _admin.GetStringAsync(new Uri($"/admin/v1/usage?groupBy={by}", UriKind.Relative), Cancel));
        var json = report.RootElement.GetProperty("data").EnumerateArray().ToDictionary(row => row.GetProperty("key").GetString()!, row => (
            Cost: row.GetProperty("cost").GetDecimal(), Saved: row.GetProperty("savedCost").GetDecimal(), Calls: row.GetProperty("calls").GetInt64(),
            Input: row.GetProperty("inputTokens").GetInt64(), Cached: row.GetProperty("cachedInputTokens").GetInt64(), Output: row.GetProperty("outputTokens").GetInt64()));
        var csv = await CsvAsync($"/admin/v1/usage?groupBy={by}&format=csv");

        json.OrderBy(row => row.Key, StringComparer.Ordinal).ShouldBe(groups.OrderBy(row => row.Key, StringComparer.Ordinal));
        csv.Sum(row => Money(row, "cost_usd")).ShouldBe(Cost);
        csv.Sum(row => Money(row, "saved_cost_usd")).ShouldBe(_records.Sum(record => record.SavedCost.Dollars));
        csv.Sum(row => Money(row, "output_tokens")).ShouldBe(_records.Sum(record => record.OutputTokens));
        csv.Sum(row => Money(row, "calls")).ShouldBe(_records.Length);
    }

    [Theory]
    [InlineData(UsageDimension.Key)]
    [InlineData(UsageDimension.User)]
    [InlineData(UsageDimension.Day)]
    public async Task Report_PageByPage_HasEachGroupOnce_AndTheTotalOverAllOnEach(UsageDimension by)
    {
        using var whole = await ReportAsync($"groupBy={by}");
        var (keys, pages) = (new List<string>(), 0);

        for (var after = ""; after is not null; pages++)
        {
            using var page = await ReportAsync($"groupBy={by}&limit=3{(after.Length == 0 ? "" : $"&after={after}")}");
            var rows = Keys(page);
            rows.Count.ShouldBeInRange(1, 3);
            keys.AddRange(rows);
            page.RootElement.GetProperty("groups").GetInt32().ShouldBe(Keys(whole).Count);
            page.RootElement.GetProperty("total").GetProperty("cost").GetDecimal().ShouldBe(Cost);
            page.RootElement.GetProperty("total").GetProperty("calls").GetInt64().ShouldBe(_records.Length);
            after = page.RootElement.GetProperty("next").GetString();
            page.RootElement.GetProperty("has_more").GetBoolean().ShouldBe(after is not null);
        }

        keys.ShouldBe(Keys(whole));
        pages.ShouldBe((keys.Count + 2) / 3);
        (await CsvAsync($"/admin/v1/usage?groupBy={by}&format=csv&limit=2")).Select(row => row["key"]).ShouldBe(keys.Take(2));
    }

    [Fact]
    public async Task Export_OfTheCalls_SumsToTheRecords()
    {
        var csv = await CsvAsync("/admin/v1/requests.csv");

        csv.Count.ShouldBe(_records.Length);
        csv.Sum(row => Money(row, "cost_usd")).ShouldBe(Cost);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(24)]
    public async Task Charts_InStepsAndInGroups_SumToTheRecords(int hours)
    {
        var history = _app.Services.GetRequiredService<MetricHistory>();
        var (from, to, step) = (Now.AddDays(-40), Now.AddHours(1), TimeSpan.FromHours(hours));

        var points = await history.PointsAsync(from, to, step, Cancel);
        var tenants = await history.GroupsAsync(from, to, step, UsageDimension.Tenant, Cancel);
        var models = await history.GroupsAsync(from, to, step, UsageDimension.Model, Cancel);

        foreach (var sums in new[] { points.Select(point => point.Sums).ToList(), [.. tenants.Values], [.. models.Values] })
        {
            sums.Sum(sum => sum.CostNanos).ShouldBe(_records.Sum(record => record.Cost.Nanos));
            sums.Sum(sum => sum.SavedCostNanos).ShouldBe(_records.Sum(record => record.SavedCost.Nanos));
            sums.Sum(sum => sum.Calls).ShouldBe(_records.Length);
            sums.Sum(sum => sum.InputTokens).ShouldBe(_records.Sum(record => record.PromptTokens));
            sums.Sum(sum => sum.OutputTokens).ShouldBe(_records.Sum(record => record.OutputTokens));
        }
    }

    private async Task<JsonDocument> ReportAsync(string query) => JsonDocument.Parse(await _admin.GetStringAsync(new Uri($"/admin/v1/usage?{query}", UriKind.Relative), Cancel));

    private static List<string> Keys(JsonDocument report) => [.. report.RootElement.GetProperty("data").EnumerateArray().Select(row => row.GetProperty("key").GetString()!)];

    private async Task<List<Dictionary<string, string>>> CsvAsync(string address)
    {
        var lines = (await _admin.GetStringAsync(new Uri(address, UriKind.Relative), Cancel)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var names = lines[0].Split(',');
        return [.. lines.Skip(1).Select(line => names.Zip(line.Split(',')).ToDictionary(cell => cell.First, cell => cell.Second, StringComparer.Ordinal))];
    }

    private static decimal Money(Dictionary<string, string> row, string column) => decimal.Parse(row[column], CultureInfo.InvariantCulture);

    private static string KeyOf(UsageRecord record, UsageDimension by) => by switch
    {
        UsageDimension.Tenant => record.TenantId,
        UsageDimension.Key => record.KeyId ?? "",
        UsageDimension.User => record.UserId ?? "",
        UsageDimension.Model => record.ModelSummed,
        UsageDimension.Task => record.Task ?? "",
        _ => record.StartedAt.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
    };
}
