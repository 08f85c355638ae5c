using FsCheck;
using FsCheck.Fluent;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;
using Outcome = LlmConsole.Core.Metering.Outcome;

namespace LlmConsole.Tests.Metering;

/// <summary>Random records: few labels and few hours, so that they meet in the same roll-ups.</summary>
internal static class UsageRecords
{
    public static readonly DateTimeOffset Noon = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly Gen<string?> Task = Gen.Elements<string?>(null, "", "a task", "ключ 😀", "nul \0 in it", "half \ud83d a pair");

    /// <summary>Instants around a few hours' edges.</summary>
    public static readonly Gen<DateTimeOffset> Instant =
        from hour in Gen.Choose(-3, 3)
        from offset in Gen.Elements(0, 1, -1, 1_800_000, 3_599_999, 12_345)
        select Noon.AddHours(hour).AddMilliseconds(offset);

    public static readonly Gen<UsageRecord> Any =
        from at in Instant
        from tenant in Gen.Elements("ten_a", "ten_b")
        from key in Gen.Elements<string?>(null, "key_a", "key_b")
        from user in Gen.Elements<string?>(null, "usr_a", "usr_b")
        from task in Task
        from served in Gen.Elements<string?>(null, "m", "other")
        from asked in Gen.Elements("m", "nul \0 in it")
        from error in Gen.Elements<string?>(null, "model_not_found", "timeout")
        from outcome in Gen.Elements(Enum.GetValues<Outcome>())
        from cache in Gen.Elements(Enum.GetValues<CacheVerdict>())
        from price in Gen.Elements<int?>(null, 1, 2)
        from tokens in Gen.Choose(0, 5_000).ArrayOf(5)
        from money in Gen.Elements(0L, 1, 999, 1_000_000_001, 7_000_000_000_000)
        from milliseconds in Gen.Choose(0, 90_000_000)
        select new UsageRecord
        {
            RequestId = $"req_{Guid.NewGuid():N}", StartedAt = at, TenantId = tenant, KeyId = key, UserId = user, Task = task, ModelAsked = "m", ModelServed = served, ProviderModel = served is null ? null : asked, Outcome = outcome, ErrorCode = error, Status = 200,
            Cache = cache, PriceVersion = price, InputTokens = tokens[0], CachedInputTokens = tokens[1], CacheWriteTokens = tokens[2], OutputTokens = tokens[3], ReasoningTokens = Math.Min(tokens[3], tokens[4]),
            UsageSource = UsageSource.Provider, Flags = (UsageFlags)(tokens[4] % 32), Cost = new Usd(money), SavedCost = new Usd(money / 3), WastedCost = new Usd(money / 7),
            SavedTokens = tokens[1], CacheSimilarity = tokens[0] % 2 == 0 ? null : tokens[0] / 5_000.0, EmbeddingTokens = tokens[2], EmbeddingCost = new Usd(money / 11), AttemptLog = AttemptLog.Write(Enumerable.Repeat(new AttemptEntry("prv_a", "m \"1\" 😀", tokens[0], tokens[1], tokens[2] % 2 == 0 ? null : "timeout", tokens[3]), tokens[4] % 30).ToList()), DurationMs = milliseconds / 1_000.0, FirstTokenMs = milliseconds % 3 == 0 ? null : Math.Round(milliseconds / 7_000.0, 3),
        };

    /// <summary>A few batches, some of whose records were in a batch before.</summary>
    public static readonly Gen<UsageRecord[][]> Batches =
        from batches in Any.NonEmptyListOf().Select(list => list.ToArray()).NonEmptyListOf()
        from again in Gen.Choose(0, 3)
        select (UsageRecord[][])[.. batches, .. batches.Take(again), [.. batches[0], .. batches[^1]]];

    /// <summary>What the books keep of the text.</summary>
    public static UsageRecord AsKept(UsageRecord record) => record with { ProviderModel = record.ProviderModel?.Replace('\0', '\uFFFD'), Task = record.Task?.Replace('\0', '\uFFFD').Replace('\ud83d', '\uFFFD') is { } task && !record.Task.Contains("😀", StringComparison.Ordinal) ? task : record.Task };

    public static long Of(QuotaUnit unit, UsageRecord record) => unit switch
    {
        QuotaUnit.Requests => record.Outcome == Outcome.Refused ? 0 : 1,
        QuotaUnit.Tokens => record.InputTokens + record.CachedInputTokens + record.CacheWriteTokens + record.OutputTokens,
        _ => record.Cost.Nanos,
    };
}
