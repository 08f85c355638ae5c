using System.Globalization;
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

    /// <summary>None for a call that asked nobody.</summary>
    public static string? Write(IReadOnlyList<AttemptEntry> entries)
    {
        if (entries.Count == 0) return null;
        var json = new StringBuilder(entries.Count * 160).Append('[');
        for (var i = 0; i < entries.Count; i++)
        {
            if (i >= MaxEntries - 1 && i < entries.Count - 1) continue;
            if (i > 0) json.Append(',');
            Write(json, entries[i]);
        }

        return json.Append(']').ToString();
    }

    public static IReadOnlyList<AttemptEntry> Read(string? json) => json is null ? [] : JsonSerializer.Deserialize<List<AttemptEntry>>(json, Options) ?? [];

    private static void Write(StringBuilder json, AttemptEntry entry)
    {
        json.Append(CultureInfo.InvariantCulture, $"{{\"providerId\":\"{JsonEncodedText.Encode(entry.ProviderId)}\",\"providerModel\":\"{JsonEncodedText.Encode(entry.ProviderModel)}\",\"startMs\":{entry.StartMs},\"durationMs\":{entry.DurationMs}");
        if (entry.Error is not null) json.Append(CultureInfo.InvariantCulture, $",\"error\":\"{JsonEncodedText.Encode(entry.Error)}\"");
        if (entry.PromptTokens is { } prompt) json.Append(CultureInfo.InvariantCulture, $",\"promptTokens\":{prompt}");
        if (entry.OutputTokens is { } output) json.Append(CultureInfo.InvariantCulture, $",\"outputTokens\":{output}");
        if (entry.Drill is not null) json.Append(CultureInfo.InvariantCulture, $",\"drill\":\"{JsonEncodedText.Encode(entry.Drill)}\"");
        json.Append('}');
    }
}
