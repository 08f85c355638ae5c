using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck.Fluent;
using LlmConsole.Core;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;
using Outcome = LlmConsole.Core.Metering.Outcome;

namespace LlmConsole.Tests.Metering;

public sealed class JournalRecordTests
{
    private static readonly UsageRecord Full = new()
    {
        RequestId = "req_1", StartedAt = new DateTimeOffset(2026, 5, 1, 12, 0, 0, 123, TimeSpan.Zero).AddTicks(4567), TenantId = "ten_1", KeyId = "key_1", UserId = "usr_1", Task = "a \"task\"", ModelAsked = "asked", ModelServed = "served", ProviderId = "prv_1",
        ProviderModel = "mödel", Attempts = 2, AttemptLog = "[]", Stream = true, Cache = CacheVerdict.Semantic, Outcome = Outcome.Incomplete, Status = 499, ErrorCode = "timeout", FinishReason = "stop", InputTokens = 1, CachedInputTokens = 2,
        CacheWriteTokens = 3, OutputTokens = 4, ReasoningTokens = 5, UsageSource = UsageSource.Estimated, Flags = UsageFlags.Clamped | UsageFlags.MalformedChunk, PriceVersion = 6, Cost = new Usd(7), SavedCost = new Usd(8_000_000_000), WastedCost = new Usd(9),
        CachedFrom = "req_0", SavedTokens = 10, CacheSimilarity = 0.987654321, EmbeddingTokens = 11, EmbeddingCost = new Usd(12), FirstTokenMs = 13.012, DurationMs = 14.5,
    };

    [Fact]
    public void Write_OfEveryProperty_IsReadAgain()
    {
        foreach (var property in typeof(UsageRecord).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            var value = property.GetValue(Full).ShouldNotBeNull(property.Name);
            if (value is not string) value.ShouldNotBe(Activator.CreateInstance(value.GetType()), property.Name);
        }

        Read(Full).ShouldBe(Full);
    }

    [Fact]
    public void Write_SaysWhatTheSerializerSays() => Prop.ForAll(UsageRecords.Any.ToArbitrary(), record =>
        JsonNode.DeepEquals(JsonNode.Parse(Json(record)), JsonNode.Parse(JournalEntry.Json(record))).ShouldBeTrue(Json(record))).Holds(300);

    [Theory]
    [InlineData(0.1 + 0.2)]
    [InlineData(1e300)]
    [InlineData(-3.25)]
    [InlineData(90_000.001)]
    public void Write_OfAnyDuration_KeepsItExactly(double milliseconds) => Read(Full with { DurationMs = milliseconds, FirstTokenMs = milliseconds }).ShouldBe(Full with { DurationMs = milliseconds, FirstTokenMs = milliseconds });

    private static string Json(UsageRecord record)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes)) JournalRecord.Write(json, record);
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static UsageRecord? Read(UsageRecord record) => JournalEntry.Read(JournalEntry.Lines([record])[..^1]);
}
