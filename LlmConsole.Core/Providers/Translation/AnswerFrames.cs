using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmConsole.Core.Providers.Translation;

/// <summary>
/// A chat client's answer in OpenAI's wire. Microsoft.Extensions.AI.OpenAI has a converter for this, which gives every chunk the finish reason
/// <c>stop</c>, every tool call the index 0, and drops reasoning and cached tokens; so it is written here.
/// </summary>
internal sealed class AnswerFrames(string model, TimeProvider time)
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly byte[] Done = "[DONE]"u8.ToArray();

    private readonly long _created = time.GetUtcNow().ToUnixTimeSeconds();
    private string _id = Ids.New("chatcmpl", time);
    private string _model = model;
    private UsageDetails? _usage;
    private ChatFinishReason? _finish;
    private int _toolCalls;
    private bool _hasBegun;

    /// <summary>The vendor says a finish reason at the end of every whole answer: without one, the answer broke off.</summary>
    public bool AlwaysFinishes { get; init; }

    /// <summary>The chunks of a stream, up to <c>[DONE]</c>.</summary>
    public async IAsyncEnumerable<byte[]> StreamAsync(IAsyncEnumerator<ChatResponseUpdate> updates, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await using var source = updates;
        while (await updates.MoveNextAsync())
        {
            Note(updates.Current);
            if (Chunk(updates.Current.Contents) is { } chunk) yield return chunk;
        }

        if (_finish is null && AlwaysFinishes) yield break;
        yield return Write("chat.completion.chunk", json =>
        {
            json.WriteStartArray("choices");
            json.WriteStartObject();
            json.WriteNumber("index", 0);
            json.WriteStartObject("delta");
            json.WriteEndObject();
            json.WriteString("finish_reason", FinishReason());
            json.WriteEndObject();
            json.WriteEndArray();
        });
        if (_usage is not null) yield return Write("chat.completion.chunk", json =>
        {
            json.WriteStartArray("choices");
            json.WriteEndArray();
            Usage(json, _usage);
        });
        yield return Done;
    }

    /// <summary>The body of an answer that isn't streamed.</summary>
    public byte[] Completion(ChatResponse response)
    {
        if (response.ResponseId is { Length: > 0 } id) _id = id;
        if (response.ModelId is { Length: > 0 } served) _model = served;
        (_usage, _finish) = (response.Usage, response.FinishReason);
        List<AIContent> contents = [.. response.Messages.Where(message => message.Role == ChatRole.Assistant).SelectMany(message => message.Contents)];
        return Write("chat.completion", json =>
        {
            json.WriteStartArray("choices");
            json.WriteStartObject();
            json.WriteNumber("index", 0);
            json.WriteStartObject("message");
            json.WriteString("role", "assistant");
            Contents(json, contents, isWhole: true);
            json.WriteEndObject();
            json.WriteString("finish_reason", FinishReason());
            json.WriteEndObject();
            json.WriteEndArray();
            if (_usage is not null) Usage(json, _usage);
        });
    }

    private void Note(ChatResponseUpdate update)
    {
        if (!_hasBegun && update.ResponseId is { Length: > 0 } id) _id = id;
        if (!_hasBegun && update.ModelId is { Length: > 0 } served) _model = served;
        _finish = update.FinishReason ?? _finish;
        foreach (var usage in update.Contents.OfType<UsageContent>())
        {
            _usage ??= new UsageDetails();
            _usage.Add(usage.Details);
        }
    }

    /// <summary>None when the update says nothing; the first says at least who speaks.</summary>
    private byte[]? Chunk(IList<AIContent> contents)
    {
        if (contents.OfType<ErrorContent>().Any()) throw new IOException("The vendor reported an error in the middle of its answer.");
        var says = contents.Any(content => content is TextContent { Text.Length: > 0 } or TextReasoningContent { Text.Length: > 0 } or FunctionCallContent);
        if (_hasBegun && !says) return null;
        var isFirst = !_hasBegun;
        _hasBegun = true;
        return Write("chat.completion.chunk", json =>
        {
            json.WriteStartArray("choices");
            json.WriteStartObject();
            json.WriteNumber("index", 0);
            json.WriteStartObject("delta");
            if (isFirst) json.WriteString("role", "assistant");
            if (isFirst && !says) json.WriteString("content", "");
            Contents(json, contents, isWhole: false);
            json.WriteEndObject();
            json.WriteNull("finish_reason");
            json.WriteEndObject();
            json.WriteEndArray();
        });
    }

    private void Contents(Utf8JsonWriter json, IList<AIContent> contents, bool isWhole)
    {
        var text = string.Concat(contents.OfType<TextContent>().Select(content => content.Text));
        var reasoning = string.Concat(contents.OfType<TextReasoningContent>().Select(content => content.Text));
        List<FunctionCallContent> calls = [.. contents.OfType<FunctionCallContent>()];
        if (text.Length > 0 || (isWhole && calls.Count == 0)) json.WriteString("content", text);
        else if (isWhole) json.WriteNull("content");
        if (reasoning.Length > 0) json.WriteString("reasoning_content", reasoning);
        if (calls.Count == 0) return;
        json.WriteStartArray("tool_calls");
        foreach (var call in calls)
        {
            json.WriteStartObject();
            if (!isWhole) json.WriteNumber("index", _toolCalls);
            _toolCalls++;
            json.WriteString("id", call.CallId);
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", call.Name);
            json.WriteString("arguments", Arguments(call));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static ReadOnlySpan<byte> Arguments(FunctionCallContent call)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Readable);
        json.WriteStartObject();
        foreach (var (name, value) in call.Arguments ?? new Dictionary<string, object?>())
        {
            json.WritePropertyName(name);
            if (value is JsonElement element) element.WriteTo(json);
            else JsonSerializer.Serialize(json, value, value?.GetType() ?? typeof(object), AIJsonUtilities.DefaultOptions);
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan;
    }

    private string FinishReason() => _finish?.Value switch
    {
        "length" or "content_filter" or "tool_calls" => _finish.Value.Value,

        // Some vendors have no reason of its own for a call, and some have reasons that OpenAI's clients don't know.
        _ => _toolCalls > 0 ? "tool_calls" : "stop",
    };

    /// <summary>In OpenAI's way the prompt's tokens include those that the vendor's cache read or wrote; the details tell them apart.</summary>
    private static void Usage(Utf8JsonWriter json, UsageDetails usage)
    {
        var (input, output) = (usage.InputTokenCount ?? 0, usage.OutputTokenCount ?? 0);
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", input);
        json.WriteNumber("completion_tokens", output);
        json.WriteNumber("total_tokens", usage.TotalTokenCount ?? (input + output));
        json.WriteStartObject("prompt_tokens_details");
        json.WriteNumber("cached_tokens", usage.CachedInputTokenCount ?? 0);
        if (usage.AdditionalCounts?.GetValueOrDefault("CacheCreationInputTokens") is > 0 and var written) json.WriteNumber("cache_write_tokens", written);
        json.WriteEndObject();
        json.WriteStartObject("completion_tokens_details");
        json.WriteNumber("reasoning_tokens", usage.ReasoningTokenCount ?? 0);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private byte[] Write(string kind, Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("id", _id);
            json.WriteString("object", kind);
            json.WriteNumber("created", _created);
            json.WriteString("model", _model);
            content(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
