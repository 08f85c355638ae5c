using FsCheck.Fluent;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Metering.Sums;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Metering;

public sealed class RollupTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Write_AnyBatchesWithRepeats_KeepsSumsOfRollupsAndRecordsEqual(bool onPostgres)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        await using var writer = new UsageWriter(database.Connections);
        var expected = new Dictionary<string, UsageRecord>();
        foreach (var batches in UsageRecords.Batches.Some(10, 15))
        {
            foreach (var batch in batches)
            {
                await writer.WriteAsync(batch, Cancellation);
                foreach (var record in batch) expected[record.RequestId] = UsageRecords.AsKept(record);
            }

            await database.ShouldReconcileAsync();
        }

        var records = await database.RecordsAsync();
        records.Count.ShouldBe(expected.Count);
        foreach (var record in records) record.ShouldBe(expected[record.RequestId]);
    }

    [Theory]
    [InlineData("model_not_found")]
    [InlineData("model_not_allowed")]
    public async Task Write_CallsRefusedForNamesThatAreInvented_SumsThemInOneRow(string error)
    {
        await using var database = await BooksDatabase.CreateAsync();
        await using var writer = new UsageWriter(database.Connections);
        await writer.WriteAsync([.. Enumerable.Range(0, 30).Select(i => BooksDatabase.Record($"req_{i}") with { ModelAsked = $"invented-{i}", ModelServed = null, Outcome = Outcome.Refused, ErrorCode = error })], Cancellation);

        var row = (await database.RollupsAsync()).ShouldHaveSingleItem();
        (row.Model, row.Calls, row.Refused).ShouldBe(("", 30, 30));
        (await database.RecordsAsync()).Select(record => record.ModelAsked).Distinct().Count().ShouldBe(30);
        (await new UsageQueries(database.Contexts).PageAsync(new UsageFilter { ModelServed = "invented-1" }, 10, null, Cancellation)).Records.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Spent_AnyBoundaries_IsTheSumOverTheRecords(bool onPostgres)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        await using var writer = new UsageWriter(database.Connections);
        var records = UsageRecords.Any.Some(10, 300).ToArray();
        await writer.WriteAsync(records, Cancellation);
        var spends = new SpendQueries(database.Connections);
        var asked =
            from scope in Gen.Elements(new SpendScope("ten_a"), new SpendScope("ten_b") { KeyId = "key_a" }, new SpendScope("ten_a") { UserId = "usr_b" })
            from unit in Gen.Elements(Enum.GetValues<QuotaUnit>())
            from start in UsageRecords.Instant
            from end in UsageRecords.Instant
            from isOpen in Gen.Elements(true, false)
            from left in Gen.SubListOf(records.Take(20))
            select (Scope: scope, Unit: unit, From: start, To: isOpen ? (DateTimeOffset?)null : end, Left: left.Select(record => record.RequestId).ToArray());
        foreach (var (scope, unit, from, to, left) in asked.Some(10, 60))
        {
            var spent = await spends.SpentAsync(scope, unit, from, to, left, Cancellation);

            spent.ShouldBe(records.Where(record => record.TenantId == scope.TenantId && (scope.KeyId ?? record.KeyId) == record.KeyId && (scope.UserId ?? record.UserId) == record.UserId
                && record.StartedAt >= from && (to is null || record.StartedAt < to) && !left.Contains(record.RequestId)).Sum(record => UsageRecords.Of(unit, record)), $"{scope} {unit} {from:O} {to:O}");
        }

        foreach (var from in UsageRecords.Instant.Some(10, 20))
        {
            var spent = await spends.OfTenantsAsync(from, Cancellation);

            spent.Select(tenant => (tenant.Key, tenant.Value)).ShouldBe(records.Where(record => record.StartedAt >= from).GroupBy(record => record.TenantId).Select(tenant => (tenant.Key, tenant.Sum(record => record.Cost.Nanos))), ignoreOrder: true, $"{from:O}");
        }
    }

    /// <summary>More calls than one statement leaves out, some of them named twice, some unknown to the books.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Spent_WithoutMoreCallsThanOneStatementTakes_IsTheSumOfTheRest(bool onPostgres)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        await using var writer = new UsageWriter(database.Connections);
        await writer.WriteAsync([.. Enumerable.Range(0, 30).Select(i => BooksDatabase.Record($"req_{i}") with { Cost = new Usd(1L << i) })], Cancellation);
        string[] left = ["req_3", .. Enumerable.Range(0, SpendQueries.MostAtOnce).Select(i => $"elsewhere_{i}"), "req_3", "req_17", .. Enumerable.Range(0, SpendQueries.MostAtOnce).Select(i => $"nowhere_{i}"), "req_29"];

        var spent = await new SpendQueries(database.Connections).SpentAsync(new SpendScope("ten_a") { KeyId = "key_a" }, QuotaUnit.Usd, UsageRecords.Noon.AddHours(-1), null, left, Cancellation);

        spent.ShouldBe((1L << 30) - 1 - (1L << 3) - (1L << 17) - (1L << 29));
    }

    [Fact]
    public async Task Spent_SinceEver_IsAll()
    {
        await using var database = await BooksDatabase.CreateAsync();
        await using var writer = new UsageWriter(database.Connections);
        await writer.WriteAsync([BooksDatabase.Record("a"), BooksDatabase.Record("b", DateTimeOffset.UnixEpoch)], Cancellation);

        (await new SpendQueries(database.Connections).SpentAsync(new SpendScope("ten_a"), QuotaUnit.Usd, DateTimeOffset.MinValue, null, [], Cancellation)).ShouldBe(2_002);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Group_ByAnything_IsTheSumOverTheRecords(bool onPostgres)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        await using var writer = new UsageWriter(database.Connections);
        await writer.WriteAsync([.. UsageRecords.Any.Some(10, 300)], Cancellation);
        var (from, to) = (UsageRecords.Noon.AddHours(-2), UsageRecords.Noon.AddHours(2));
        var records = (await database.RecordsAsync()).Where(record => record.StartedAt >= from && record.StartedAt < to && record.TenantId == "ten_a").ToList();
        (UsageDimension By, Func<UsageRecord, string?> Key)[] dimensions =
        [
            (UsageDimension.Tenant, record => record.TenantId), (UsageDimension.Key, record => record.KeyId), (UsageDimension.User, record => record.UserId), (UsageDimension.Task, record => record.Task),
            (UsageDimension.Model, record => record.ModelSummed), (UsageDimension.Day, record => record.StartedAt.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)),
        ];
        foreach (var (by, key) in dimensions)
        {
            var groups = await new UsageBreakdowns(database.Contexts, database.Connections, new BookSums(database.Connections, TimeProvider.System)).GroupAsync(from, to, by, new BreakdownFilter { TenantId = "ten_a" }, Cancellation);

            groups.Select(group => (group.Key, group.Sums.Calls, group.Sums.Cost.Nanos, group.Sums.OutputTokens, group.Sums.Unpriced)).ShouldBe(
                records.GroupBy(record => key(record) ?? "").Select(group => (group.Key, group.LongCount(), group.Sum(record => record.Cost.Nanos), group.Sum(record => record.OutputTokens), group.LongCount(record => record.IsUnpriced))),
                ignoreOrder: true, $"{by}");
        }
    }
}
