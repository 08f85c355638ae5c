using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Caching;

/// <summary>Puts the chunks of a stream together to the completion that the same call would have had without streaming.</summary>
internal sealed class AnswerAssembly : IDisposable
{
    internal static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    // What is kept of the chunks lies in them: they live as long as this.
    private readonly List<JsonDocument> _chunks = [];
    private readonly Dictionary<string, JsonElement> _top = [];
    private readonly SortedDictionary<int, Choice> _choices = [];

    /// <summary>The completion; none when a chunk holds what can't be put together.</summary>
    /// <param name="chunks">Each may be gone when the next comes.</param>
    /// <param name="usage">Taken when no chunk says it.</param>
    public static ReadOnlyMemory<byte>? Join(IEnumerable<ReadOnlyMemory<byte>> chunks, TokenUsage usage)
    {
        using var assembly = new AnswerAssembly();
        var plain = new PlainChunk();
        try
        {
            foreach (var chunk in chunks)
            {
                if (plain.TextOf(chunk.Span, out var text) && Utf8.IsValid(text)) assembly._choices[0].Message.AddContent(text);
                else plain = assembly.Add(chunk.ToArray());
            }

            if (assembly._choices.Count == 0) return null;
            return assembly.ToCompletion(usage);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A character cut into two chunks, each with half of an escaped pair.
            return null;
        }
    }

    /// <summary>Nothing is like a chunk that says more than text of the first choice.</summary>
    private static PlainChunk PlainOf(ReadOnlyMemory<byte> bytes, JsonElement chunk)
    {
        if (!chunk.TryGetProperty("choices"u8, out var choices) || choices.ValueKind != JsonValueKind.Array || choices.GetArrayLength() != 1) return default;
        var choice = choices[0];
        if (!choice.TryGetProperty("index"u8, out var index) || index.ValueKind != JsonValueKind.Number || !index.TryGetInt32(out var number) || number != 0) return default;
        if (!choice.TryGetProperty("delta"u8, out var delta) || delta.ValueKind != JsonValueKind.Object || delta.GetPropertyCount() != 1) return default;
        if (!delta.TryGetProperty("content"u8, out var content) || content.ValueKind != JsonValueKind.String) return default;
        if (choice.TryGetProperty("logprobs"u8, out var logprobs) && logprobs.ValueKind != JsonValueKind.Null) return default;
        var text = JsonMarshal.GetRawUtf8Value(content);
        return bytes.Span.Overlaps(text, out var at) ? PlainChunk.Of(bytes, (at + 1)..(at + text.Length - 1)) : default;
    }

    public void Dispose()
    {
        foreach (var chunk in _chunks) chunk.Dispose();
    }

    /// <summary>Returns what the next chunks are compared with.</summary>
    private PlainChunk Add(byte[] chunk)
    {
        var document = JsonDocument.Parse(chunk);
        _chunks.Add(document);
        foreach (var field in document.RootElement.EnumerateObject())
        {
            if (field.NameEquals("choices"))
            {
                if (field.Value.ValueKind != JsonValueKind.Array) continue;
                foreach (var choice in field.Value.EnumerateArray()) AddChoice(choice);
            }
            else if (field.Value.ValueKind != JsonValueKind.Null && field.Name is var name and not ("object" or "llmconsole"))
            {
                if (name is "id" or "created" or "model") _top.TryAdd(name, field.Value);
                else _top[name] = field.Value;
            }
        }

        return PlainOf(chunk, document.RootElement);
    }

    private void AddChoice(JsonElement delta)
    {
        var index = delta.TryGetProperty("index", out var at) && at.ValueKind == JsonValueKind.Number ? at.TryGetInt32(out var number) ? number : throw new JsonException("A choice's index is no whole number.") : 0;
        if (!_choices.TryGetValue(index, out var choice)) _choices.Add(index, choice = new Choice());
        foreach (var field in delta.EnumerateObject())
        {
            if (field.NameEquals("delta")) choice.Message.Add("delta", field.Value);
            else if (field.NameEquals("logprobs")) choice.Logprobs.Add("logprobs", field.Value);
            else if (field.NameEquals("finish_reason"))
            {
                if (field.Value.ValueKind == JsonValueKind.String) choice.FinishReason = field.Value.GetString();
            }
            else if (!field.NameEquals("index") && field.Value.ValueKind != JsonValueKind.Null) choice.Other[field.Name] = field.Value;
        }
    }

    private ReadOnlyMemory<byte> ToCompletion(TokenUsage usage)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(buffer, Plain);
        json.WriteStartObject();
        json.WriteString("object"u8, "chat.completion"u8);
        foreach (var (name, value) in _top)
        {
            json.WritePropertyName(name);
            value.WriteTo(json);
        }

        json.WriteStartArray("choices"u8);
        foreach (var (index, choice) in _choices) choice.Write(json, index);
        json.WriteEndArray();
        if (!_top.ContainsKey("usage")) UsageJson.Write(json, usage);
        json.WriteEndObject();
        json.Flush();
        // Kept for long: not with the room that was left in the buffer.
        return buffer.WrittenSpan.ToArray();
    }

    private sealed class Choice
    {
        public MergedValue Message { get; } = new();
        public MergedValue Logprobs { get; } = new();
        public string? FinishReason { get; set; }
        public Dictionary<string, JsonElement> Other { get; } = [];

        public void Write(Utf8JsonWriter json, int index)
        {
            json.WriteStartObject();
            json.WriteNumber("index"u8, index);
            json.WriteStartObject("message"u8);
            Message.WriteFields(json);
            json.WriteEndObject();
            json.WritePropertyName("logprobs"u8);
            Logprobs.Write(json);
            json.WriteString("finish_reason"u8, FinishReason);
            foreach (var (name, value) in Other)
            {
                json.WritePropertyName(name);
                value.WriteTo(json);
            }

            json.WriteEndObject();
        }
    }
}

/// <summary>A usage object in OpenAI's shape.</summary>
internal static class UsageJson
{
    public static void Write(Utf8JsonWriter json, TokenUsage usage)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, usage.Total - usage.Output);
        json.WriteNumber("completion_tokens"u8, usage.Output);
        json.WriteNumber("total_tokens"u8, usage.Total);
        if (usage.CachedInput > 0)
        {
            json.WriteStartObject("prompt_tokens_details"u8);
            json.WriteNumber("cached_tokens"u8, usage.CachedInput);
            json.WriteEndObject();
        }

        if (usage.Reasoning > 0)
        {
            json.WriteStartObject("completion_tokens_details"u8);
            json.WriteNumber("reasoning_tokens"u8, usage.Reasoning);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
