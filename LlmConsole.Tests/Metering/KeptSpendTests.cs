using FsCheck.Fluent;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Metering.Sums;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Metering;

/// <summary>What a tenant spent comes from the sums of days that are kept, and must be what the records say, whatever was written late.</summary>
public sealed class KeptSpendTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private readonly FakeTimeProvider _time = new(UsageRecords.Noon.AddHours(2));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Spent_FromAnyMoment_IsTheSumOverTheRecords(bool onPostgres)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        await using var writer = new UsageWriter(database.Connections);
        using var sums = new BookSums(database.Connections, _time);
        var spends = new SpendQueries(database.Connections, sums);
        var asked =
            from tenant in Gen.Elements("ten_a", "ten_b", "ten_c")
            from unit in Gen.Elements(Enum.GetValues<QuotaUnit>())
            from start in UsageRecords.Instant
            from back in Gen.Choose(0, 5)
            from left in Gen.Choose(0, 12)
            select (Tenant: tenant, Unit: unit, From: start.AddDays(-back), Left: left);
        var records = UsageRecords.Any.Some(10, 150).Select((record, i) => record with { StartedAt = record.StartedAt.AddDays(-(i % 4)) }).ToList();
        foreach (var round in Enumerable.Range(0, 3))
        {
            await writer.WriteAsync([.. records.Skip(round * 50).Take(50)], Cancellation);
            var written = records.Take((round + 1) * 50).ToList();

            // Some are read ahead, so that days are missing that come before others.
            for (var days = 0; days < 2 && await sums.ReadAheadAsync(Cancellation); days++) _time.Advance(TimeSpan.FromSeconds(61));
            foreach (var (tenant, unit, from, count) in asked.Some(10, 25))
            {
                string[] left = [.. records.Where((_, i) => i % 13 < count).Select(record => record.RequestId)];

                var spent = await spends.SpentAsync(new SpendScope(tenant), unit, from, null, left, Cancellation);

                spent.ShouldBe(written.Where(record => record.TenantId == tenant && record.StartedAt >= from && !left.Contains(record.RequestId)).Sum(record => UsageRecords.Of(unit, record)), $"{tenant} {unit} {from:O}");
            }
        }
    }

    /// <summary>The roll-ups are changed behind the app's back, so that it shows where sums come from.</summary>
    [Fact]
    public async Task Spent_OfDaysThatAreOver_ComesFromTheirSums_AndTheRestFromTheBooks()
    {
        await using var database = await BooksDatabase.CreateAsync();
        await using var writer = new UsageWriter(database.Connections);
        await writer.WriteAsync([.. Enumerable.Range(0, 4).Select(day => BooksDatabase.Record($"{day}", UsageRecords.Noon.AddDays(-day)))], Cancellation);
        using var sums = new BookSums(database.Connections, _time);
        while (await sums.ReadAheadAsync(Cancellation))
        {
        }

        await using (var db = await database.Contexts.CreateDbContextAsync(Cancellation)) await db.Database.ExecuteSqlAsync($"UPDATE usage_rollups SET cost_nanos = 1", Cancellation);
        var spends = new SpendQueries(database.Connections, sums);

        (await SpentAsync(UsageRecords.Noon.AddDays(-2))).ShouldBe(1 + 1_001 + 1);
        (await SpentAsync(new DateTimeOffset(UsageRecords.Noon.AddDays(-3).Date, TimeSpan.Zero))).ShouldBe(3_003 + 1);
        await writer.WriteAsync([BooksDatabase.Record("late", UsageRecords.Noon.AddDays(-1))], Cancellation);
        (await SpentAsync(new DateTimeOffset(UsageRecords.Noon.AddDays(-3).Date, TimeSpan.Zero))).ShouldBe(2_002 + 1_002 + 1);

        Task<long> SpentAsync(DateTimeOffset from) => spends.SpentAsync(new SpendScope("ten_a"), QuotaUnit.Usd, from, null, [], Cancellation);
    }

    /// <summary>Rather than read a month from the books, as long as that is over soon.</summary>
    [Theory]
    [InlineData(true, 3_003 + 1)]
    [InlineData(false, 4)]
    public async Task Spent_RightAfterAStart_WaitsALittleForWhatAnEarlierProcessKept(bool comesSoon, long expected)
    {
        await using var database = await BooksDatabase.CreateAsync();
        await using var writer = new UsageWriter(database.Connections);
        await writer.WriteAsync([.. Enumerable.Range(0, 4).Select(day => BooksDatabase.Record($"{day}", UsageRecords.Noon.AddDays(-day)))], Cancellation);
        using var earlier = new BookSums(database.Connections, _time);
        while (await earlier.ReadAheadAsync(Cancellation))
        {
        }

        await using (var db = await database.Contexts.CreateDbContextAsync(Cancellation)) await db.Database.ExecuteSqlAsync($"UPDATE usage_rollups SET cost_nanos = 1", Cancellation);
        using var sums = new BookSums(database.Connections, _time);
        var takingOver = new TaskCompletionSource();
        sums.WaitFor(takingOver.Task);

        var asking = new SpendQueries(database.Connections, sums).SpentAsync(new SpendScope("ten_a"), QuotaUnit.Usd, new DateTimeOffset(UsageRecords.Noon.AddDays(-3).Date, TimeSpan.Zero), null, [], Cancellation);
        asking.IsCompleted.ShouldBeFalse();
        if (comesSoon)
        {
            await sums.TakeOverAsync((await earlier.KeptAsync(Cancellation))!, Cancellation);
            takingOver.SetResult();
        }
        else
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        (await asking).ShouldBe(expected);
    }
}
