using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json;
using LlmConsole.Api.Admin;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
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

    [Theory]
    [InlineData("limit=1001", "limit")]
    [InlineData("limit=0", "limit")]
    [InlineData("after=bm9uc2Vuc2U", "after")]
    [InlineData("after=%21", "after")]
    public async Task List_PageThatCannotBe_IsRefused(string query, string param)
    {
        var admin = _app.Client(await _app.IssueAdminKeyAsync());

        using var answer = await admin.GetAsync(new Uri($"/admin/v1/usage?{query}", UriKind.Relative), Cancel);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel));
        body.RootElement.GetProperty("error").GetProperty("param").GetString().ShouldBe(param);
    }

    [Fact]
    public async Task Csv_OfManyGroups_LeavesWhileItIsMade()
    {
        const int Many = 2_500;
        using var body = new MemoryStream();
        var sent = new List<long>();

        await UsageCsv.WriteAsync(PipeWriter.Create(body), Rows(), Cancel);

        sent[^1].ShouldBeGreaterThan(0);
        var lines = Encoding.UTF8.GetString(body.ToArray()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        lines.Skip(1).Select(line => line.Split(',')[0]).ShouldBe(Enumerable.Range(0, Many).Select(i => $"key_{i}"));

        IEnumerable<UsageRow> Rows()
        {
            for (var i = 0; i < Many; i++)
            {
                sent.Add(body.Length);
                yield return UsageRow.Of(new UsageGroup($"key_{i}", new UsageSums { Calls = 1 }), UsageDimension.Key, ConfigurationSnapshot.Empty);
            }
        }
    }

    [Fact]
    public async Task Csv_OfNothing_HasTheNamesOfItsColumns()
    {
        var admin = _app.Client(await _app.IssueAdminKeyAsync());

        var csv = await admin.GetStringAsync(new Uri("/admin/v1/usage?groupBy=key&format=csv&to=2020-01-01&from=2019-01-01", UriKind.Relative), Cancel);

        csv.ShouldStartWith("key,name,calls,");
        csv.ShouldEndWith("unpriced_calls\r\n");
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
