using System.Buffers;
using System.Text;
using System.Text.Json;

namespace LlmConsole.Core.Wire;

/// <summary>One time that a provider was asked for an answer, as it stands in the books.</summary>
/// <param name="ProviderId">Who was asked.</param>
/// <param name="ProviderModel">The name that the provider knows the model by.</param>
/// <param name="StartMs">When, in milliseconds after the call arrived.</param>
/// <param name="DurationMs">How long it went on, in milliseconds.</param>
/// <param name="Error">The error code; none when the attempt gave what was delivered.</param>
/// <param name="PromptTokens">Tokens of its prompt, as far as known.</param>
/// <param name="OutputTokens">Tokens that it produced, as far as known.</param>
/// <param name="Drill">The fire drill that the attempt was part of, if any.</param>
public sealed record AttemptEntry(string ProviderId, string ProviderModel, int StartMs, int DurationMs, string? Error, long? PromptTokens = null, long? OutputTokens = null, string? Drill = null);

/// <summary>The attempts of a call as JSON, in the order in which they were made.</summary>
public static class AttemptLog
{
    /// <summary>Of more attempts, the first and the last are kept.</summary>
    public const int MaxEntries = 20;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Bytes, Utf8JsonWriter Json)? _writer;

    /// <summary>None for a call that asked nobody.</summary>
    public static string? Write(IReadOnlyList<AttemptEntry> entries)
    {
        if (entries.Count == 0) return null;
        var (bytes, json) = _writer ??= Writer();
        bytes.ResetWrittenCount();
        json.Reset();
        json.WriteStartArray();
        for (var i = 0; i < entries.Count; i++)
        {
            if (i < MaxEntries - 1 || i == entries.Count - 1) Write(json, entries[i]);
        }

        json.WriteEndArray();
        json.Flush();
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    public static IReadOnlyList<AttemptEntry> Read(string? json) => json is null ? [] : JsonSerializer.Deserialize<List<AttemptEntry>>(json, Options) ?? [];

    private static (ArrayBufferWriter<byte> Bytes, Utf8JsonWriter Json) Writer()
    {
        var bytes = new ArrayBufferWriter<byte>();
        return (bytes, new Utf8JsonWriter(bytes, new JsonWriterOptions { SkipValidation = true }));
    }

    private static void Write(Utf8JsonWriter json, AttemptEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("providerId"u8, entry.ProviderId);
        json.WriteString("providerModel"u8, entry.ProviderModel);
        json.WriteNumber("startMs"u8, entry.StartMs);
        json.WriteNumber("durationMs"u8, entry.DurationMs);
        if (entry.Error is not null) json.WriteString("error"u8, entry.Error);
        if (entry.PromptTokens is { } prompt) json.WriteNumber("promptTokens"u8, prompt);
        if (entry.OutputTokens is { } output) json.WriteNumber("outputTokens"u8, output);
        if (entry.Drill is not null) json.WriteString("drill"u8, entry.Drill);
        json.WriteEndObject();
    }
}
