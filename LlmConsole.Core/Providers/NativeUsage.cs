using System.Text.Json;

namespace LlmConsole.Core.Providers;

/// <summary>Anthropic's usage: three disjoint buckets of input, where OpenAI's prompt tokens are their sum.</summary>
internal readonly record struct NativeUsage(long Input, long CacheWrite, long CacheRead, long Output)
{
    /// <summary>What a later usage object says takes the place of what an earlier one said.</summary>
    public NativeUsage With(JsonElement usage) => new(
        Count(usage, "input_tokens") ?? Input, Count(usage, "cache_creation_input_tokens") ?? CacheWrite, Count(usage, "cache_read_input_tokens") ?? CacheRead, Count(usage, "output_tokens") ?? Output);

    public void Write(Utf8JsonWriter json)
    {
        var input = Input + CacheWrite + CacheRead;
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", input);
        json.WriteNumber("completion_tokens", Output);
        json.WriteNumber("total_tokens", input + Output);
        json.WriteStartObject("prompt_tokens_details");
        json.WriteNumber("cached_tokens", CacheRead);
        json.WriteNumber("cache_write_tokens", CacheWrite);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static long? Count(JsonElement usage, string name) =>
        usage.ValueKind == JsonValueKind.Object && usage.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var count) && count is >= 0 and < 1_000_000_000 ? count : null;
}
