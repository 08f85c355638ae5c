using System.Text.Json;

namespace LlmConsole.Core.Metering;

/// <summary>
/// Writes a record as <see cref="JournalJson"/> would, which reads it: by hand, because asking a converter for each of three dozen properties takes twice as long. What has its default value is left out.
/// </summary>
internal static class JournalRecord
{
    /// <summary>Of a duration in milliseconds: it is rounded to the microsecond.</summary>
    private const int MicroDecimals = 3;
    private const double MicrosPerMs = 1000;

    private static readonly JsonEncodedText[] Verdicts = Names<CacheVerdict>();
    private static readonly JsonEncodedText[] Outcomes = Names<Outcome>();
    private static readonly JsonEncodedText[] Sources = Names<Wire.UsageSource>();

    public static void Write(Utf8JsonWriter json, UsageRecord record)
    {
        json.WriteStartObject();
        Who(json, record);
        How(json, record);
        Tokens(json, record);
        Costs(json, record);
        json.WriteEndObject();
    }

    private static void Who(Utf8JsonWriter json, UsageRecord record)
    {
        json.WriteString("RequestId"u8, record.RequestId);
        json.WriteString("StartedAt"u8, record.StartedAt);
        json.WriteString("TenantId"u8, record.TenantId);
        Text(json, "KeyId"u8, record.KeyId);
        Text(json, "UserId"u8, record.UserId);
        Text(json, "Task"u8, record.Task);
        json.WriteString("ModelAsked"u8, record.ModelAsked);
        Text(json, "ModelServed"u8, record.ModelServed);
        Text(json, "ProviderId"u8, record.ProviderId);
        Text(json, "ProviderModel"u8, record.ProviderModel);
    }

    private static void How(Utf8JsonWriter json, UsageRecord record)
    {
        Number(json, "Attempts"u8, record.Attempts);
        Text(json, "AttemptLog"u8, record.AttemptLog);
        if (record.Stream) json.WriteBoolean("Stream"u8, true);
        if (record.Cache != default) json.WriteString("Cache"u8, Verdicts[(int)record.Cache]);
        json.WriteString("Outcome"u8, Outcomes[(int)record.Outcome]);
        json.WriteNumber("Status"u8, record.Status);
        Text(json, "ErrorCode"u8, record.ErrorCode);
        Text(json, "FinishReason"u8, record.FinishReason);
        Text(json, "CachedFrom"u8, record.CachedFrom);
        if (record.CacheSimilarity is { } similarity) json.WriteNumber("CacheSimilarity"u8, similarity);
        if (record.FirstTokenMs is { } first) Milliseconds(json, "FirstTokenMs"u8, first);
        if (record.DurationMs != 0) Milliseconds(json, "DurationMs"u8, record.DurationMs);
    }

    private static void Tokens(Utf8JsonWriter json, UsageRecord record)
    {
        Number(json, "InputTokens"u8, record.InputTokens);
        Number(json, "CachedInputTokens"u8, record.CachedInputTokens);
        Number(json, "CacheWriteTokens"u8, record.CacheWriteTokens);
        Number(json, "OutputTokens"u8, record.OutputTokens);
        Number(json, "ReasoningTokens"u8, record.ReasoningTokens);
        Number(json, "SavedTokens"u8, record.SavedTokens);
        Number(json, "EmbeddingTokens"u8, record.EmbeddingTokens);
        if (record.UsageSource != default) json.WriteString("UsageSource"u8, Sources[(int)record.UsageSource]);
        if (record.Flags != default) json.WriteString("Flags"u8, record.Flags.ToString());
    }

    private static void Costs(Utf8JsonWriter json, UsageRecord record)
    {
        if (record.PriceVersion is { } version) json.WriteNumber("PriceVersion"u8, version);
        Money(json, "Cost"u8, record.Cost);
        Money(json, "SavedCost"u8, record.SavedCost);
        Money(json, "WastedCost"u8, record.WastedCost);
        Money(json, "EmbeddingCost"u8, record.EmbeddingCost);
    }

    private static void Text(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null) json.WriteString(name, text);
    }

    private static void Number(Utf8JsonWriter json, ReadOnlySpan<byte> name, long number)
    {
        if (number != 0) json.WriteNumber(name, number);
    }

    private static void Money(Utf8JsonWriter json, ReadOnlySpan<byte> name, Usd amount)
    {
        if (amount != Usd.Zero) json.Write(name, amount.Nanos, Usd.Decimals);
    }

    /// <summary>Whole microseconds are written as such, for a fraction of what a double costs; it reads as the same number.</summary>
    private static void Milliseconds(Utf8JsonWriter json, ReadOnlySpan<byte> name, double milliseconds)
    {
        var micros = Math.Round(milliseconds * MicrosPerMs);
        if (micros / MicrosPerMs == milliseconds && Math.Abs(micros) < long.MaxValue) json.Write(name, (long)micros, MicroDecimals);
        else json.WriteNumber(name, milliseconds);
    }

    private static JsonEncodedText[] Names<T>() where T : struct, Enum => [.. Enum.GetNames<T>().Select(name => JsonEncodedText.Encode(name))];
}
