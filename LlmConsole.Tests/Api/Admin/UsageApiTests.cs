using System.Text;
using System.Text.Json;
using LlmConsole.Api.Admin;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api.Admin;

public sealed class UsageApiTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private readonly RunningApp _app = fixture.App;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("tenant")]
    [InlineData("key")]
    [InlineData("model")]
    [InlineData("task")]
    [InlineData("day")]
    public async Task List_AnyGrouping_SumsToTheRecordsExactly_AsJsonAndAsCsv(string by)
    {
        await CallAsync();
        var admin = _app.Client(await _app.IssueAdminKeyAsync());
        var records = await _app.RecordsAsync();

        using var report = JsonDocument.Parse(await admin.GetStringAsync(new Uri($"/admin/v1/usage?groupBy={by}", UriKind.Relative), Cancel));
        var csv = (await admin.GetStringAsync(new Uri($"/admin/v1/usage?groupBy={by}&format=csv", UriKind.Relative), Cancel)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        var cost = records.Sum(record => record.Cost.Dollars);
        cost.ShouldBeGreaterThan(0);
        var rows = report.RootElement.GetProperty("data").EnumerateArray().ToList();
        rows.Sum(row => row.GetProperty("cost").GetDecimal()).ShouldBe(cost);
        rows.Sum(row => row.GetProperty("calls").GetInt64()).ShouldBe(records.Count);
        var column = Array.IndexOf(csv[0].Split(','), "cost_usd");
        csv.Skip(1).Sum(line => decimal.Parse(line.Split(',')[column], System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(cost);
    }

    [Fact]
    public async Task Own_Usage_IsTheCallersAlone()
    {
        await CallAsync();
        var key = await CallAsync();
        var record = (await _app.RecordsOfAsync(key)).ShouldHaveSingleItem();

        using var usage = JsonDocument.Parse(await _app.Client(key).GetStringAsync(new Uri("/v1/usage", UriKind.Relative), Cancel));

        var model = usage.RootElement.GetProperty("by_model").EnumerateArray().ShouldHaveSingleItem();
        (model.GetProperty("key").GetString(), model.GetProperty("cost").GetDecimal()).ShouldBe(("simulator/echo", record.Cost.Dollars));
        usage.RootElement.GetProperty("by_day").EnumerateArray().ShouldHaveSingleItem().GetProperty("calls").GetInt64().ShouldBe(1);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("-2", "'-2")]
    [InlineData("@sum", "'@sum")]
    [InlineData("a,\"b\"", "\"a,\"\"b\"\"\"")]
    public void CsvField_IsNeverAFormula(string text, string cell) => CsvField.Of(text).ShouldBe(cell);

    private async Task<string> CallAsync()
    {
        var key = await _app.IssueKeyAsync();
        var client = _app.Client(key);
        client.DefaultRequestHeaders.Add("x-llmconsole-task", "summaries");
        using var answer = await client.PostAsync(
            new Uri("/v1/chat/completions", UriKind.Relative), new StringContent("""{"model":"simulator/echo","messages":[{"role":"user","content":"hi there"}]}""", Encoding.UTF8, "application/json"), Cancel);
        answer.EnsureSuccessStatusCode();
        return key;
    }
}
