using LlmConsole.Core.Metering;

namespace LlmConsole.Tests.Metering;

/// <summary>The law of the books: sums of roll-ups are sums of records, for every hour and every label. Written by hand here, apart from the code that it checks.</summary>
internal static class Reconciliation
{
    public static void Holds(IEnumerable<UsageRecord> records, IEnumerable<UsageRollup> rollups)
    {
        var expected = records.GroupBy(record => (Hour(record.StartedAt), record.TenantId, record.KeyId ?? "", record.UserId ?? "", record.ModelServed ?? (record.ErrorCode == "model_not_found" ? "" : record.ModelAsked), record.Task ?? ""))
            .ToDictionary(group => $"{group.Key}", group => Sums([.. group]));
        var actual = rollups.ToDictionary(row => $"{(row.Hour, row.TenantId, row.KeyId, row.UserId, row.Model, row.Task)}", Sums);
        actual.Keys.Order().ShouldBe(expected.Keys.Order());
        foreach (var (key, sums) in expected) actual[key].ShouldBe(sums, key);
    }

    private static long Hour(DateTimeOffset at) => new DateTimeOffset(at.UtcDateTime.Date.AddHours(at.UtcDateTime.Hour), TimeSpan.Zero).ToUnixTimeMilliseconds();

    private static long[] Sums(UsageRecord[] records) =>
    [
        records.Length, .. Enum.GetValues<Outcome>().Select(outcome => records.LongCount(record => record.Outcome == outcome)),
        records.Sum(record => record.InputTokens), records.Sum(record => record.CachedInputTokens), records.Sum(record => record.CacheWriteTokens),
        records.Sum(record => record.OutputTokens), records.Sum(record => record.ReasoningTokens), records.Sum(record => record.Cost.Nanos), records.Sum(record => record.SavedCost.Nanos),
        records.Sum(record => record.SavedTokens), records.Sum(record => record.EmbeddingTokens), records.Sum(record => record.EmbeddingCost.Nanos),
        records.LongCount(record => record.PriceVersion is null && record.Cache is (CacheVerdict.Bypass or CacheVerdict.Miss) && record.InputTokens + record.CachedInputTokens + record.CacheWriteTokens + record.OutputTokens > 0),
        records.Sum(record => (long)Math.Round(record.DurationMs * 1000)), records.Sum(record => (long)Math.Round((record.FirstTokenMs ?? 0) * 1000)), records.LongCount(record => record.FirstTokenMs is not null),
    ];

    private static long[] Sums(UsageRollup row) =>
    [
        row.Calls, row.Answered, row.Refused, row.Failed, row.Incomplete, row.Abandoned, row.InputTokens, row.CachedInputTokens, row.CacheWriteTokens, row.OutputTokens, row.ReasoningTokens,
        row.CostNanos, row.SavedCostNanos, row.SavedTokens, row.EmbeddingTokens, row.EmbeddingCostNanos, row.Unpriced, row.DurationMicros, row.FirstTokenMicros, row.FirstTokens,
    ];
}
