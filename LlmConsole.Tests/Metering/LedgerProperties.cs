using FsCheck;
using FsCheck.Fluent;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Data.Sqlite;

namespace LlmConsole.Tests.Metering;

/// <summary>Random lives of a ledger: records come, some twice, the database goes and comes back, the process starts anew. In the end the books hold each record once, and every sum agrees.</summary>
public sealed class LedgerProperties
{
    private static readonly Gen<Step> Steps = Gen.Frequency(
        (6, UsageRecords.Any.NonEmptyListOf().Select(records => new Step(Kind.Record, [.. records]))),
        (2, Gen.Constant(new Step(Kind.Repeat, []))),
        (2, Gen.Constant(new Step(Kind.Away, []))),
        (2, Gen.Constant(new Step(Kind.Back, []))),
        (1, Gen.Constant(new Step(Kind.Restart, []))));

    private enum Kind
    {
        Record,
        Repeat,
        Away,
        Back,
        Restart,
    }

    [Fact]
    public void Ledger_WhateverHappens_HoldsEachRecordOnce() =>
        Prop.ForAll(Steps.ListOf(12).ToArbitrary(), steps => LiveAsync([.. steps]).GetAwaiter().GetResult()).Holds(12);

    private static async Task LiveAsync(Step[] steps)
    {
        await using var database = await BooksDatabase.CreateAsync();
        var ledger = await RunningLedger.StartAsync(database);
        var model = new List<UsageRecord>();
        var isAway = false;
        foreach (var step in steps)
        {
            switch (step.Kind)
            {
                case Kind.Record:
                    await ledger.RecordAsync(step.Records);
                    model.AddRange(step.Records);
                    break;
                case Kind.Repeat when model.Count > 0:
                    await ledger.RecordAsync(model[^1], model[0]);
                    break;
                case Kind.Away or Kind.Back when isAway == (step.Kind == Kind.Back):
                    await HideAsync(database, isAway = !isAway);
                    break;
                case Kind.Restart:
                    await ledger.DisposeAsync();
                    ledger = await RunningLedger.StartAsync(database);
                    break;
            }

            await ShouldKnowAsync(database, ledger, model, isAway);
        }

        if (isAway) await HideAsync(database, false);
        await ledger.DisposeAsync();
        await using (ledger = await RunningLedger.StartAsync(database)) ledger.Ledger.JournalBytes.ShouldBe(0);
        (await database.RecordsAsync()).Select(record => record.RequestId).ShouldBe(model.Select(record => record.RequestId), ignoreOrder: true);
        (await database.RecordsAsync()).Sum(record => record.Cost.Nanos).ShouldBe(model.Sum(record => record.Cost.Nanos));
        await database.ShouldReconcileAsync();
    }

    /// <summary>At every moment, each record is in the database or waits in the journal.</summary>
    private static async Task ShouldKnowAsync(BooksDatabase database, RunningLedger ledger, List<UsageRecord> model, bool isAway)
    {
        var waiting = ((string[])["ten_a", "ten_b"]).SelectMany(tenant => ledger.Ledger.Waiting(new SpendScope(tenant), DateTimeOffset.MinValue)).Select(call => call.RequestId).ToList();
        if (isAway) return;
        var kept = (await database.RecordsAsync()).Select(record => record.RequestId);
        model.Select(record => record.RequestId).Except(kept.Concat(waiting)).ShouldBeEmpty();
    }

    /// <summary>Without its table the database takes no record, at once, and as long as it lasts.</summary>
    private static async Task HideAsync(BooksDatabase database, bool hide)
    {
        await using var connection = new SqliteConnection(database.Options.ConnectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = hide ? "ALTER TABLE usage_records RENAME TO hidden_records" : "ALTER TABLE hidden_records RENAME TO usage_records";
        await command.ExecuteNonQueryAsync();
    }

    private sealed record Step(Kind Kind, UsageRecord[] Records);
}
