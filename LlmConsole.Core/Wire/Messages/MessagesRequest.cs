using System.Text.Json;
using System.Text.Unicode;

namespace LlmConsole.Core.Wire.Messages;

/// <summary>Reads a request in Anthropic's shape: into the chat completions request that it means, beside which it is kept as it came.</summary>
internal static class MessagesRequest
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = DuplicateKeys.MaxDepth, AllowDuplicateProperties = false };

    /// <param name="isCount">Whether only its prompt shall be counted, so that it needs no <c>max_tokens</c>.</param>
    /// <exception cref="RefusalException">It is not a valid request; the refusal names the field.</exception>
    public static ChatRequest Read(ReadOnlyMemory<byte> body, MessagesHeaders headers, int maxMessages, bool isCount = false)
    {
        if (!Utf8.IsValid(body.Span)) throw new RefusalException(ErrorCode.InvalidJson, "The body is not valid UTF-8. Send JSON encoded as UTF-8.");
        using var document = Parse(body);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object) throw new RefusalException(ErrorCode.InvalidJson, "The body must be one JSON object.");
        var maxTokens = isCount ? (int?)null : MaxTokens(root);
        Count(root, maxMessages);
        ReadOnlyMemory<byte> translated;
        int dataBytes;
        try
        {
            (translated, dataBytes) = MessagesTranslation.ToCompletion(root);
        }
        catch (InvalidOperationException)
        {
            throw HalfCharacter();
        }

        // Results of tools are messages of their own there: the client's messages, and the parts of each, were counted.
        var request = ChatRequest.Parse(translated);
        return request with
        {
            Surface = Surface.Messages,
            MaxOutputTokens = maxTokens,
            Native = Spans(body) with { Version = headers.Version, Beta = headers.Beta },

            // What has no words in OpenAI's API, such as earlier thinking, is prompt for Anthropic all the same.
            TextBytes = Math.Max(request.TextBytes, body.Length - dataBytes),
        };
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(body, Strict);
        }
        catch (JsonException e)
        {
            throw new RefusalException(ErrorCode.InvalidJson, $"The body is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine}), or names a field twice. Send one JSON object, at most {DuplicateKeys.MaxDepth} levels deep.");
        }
        catch (InvalidOperationException)
        {
            // Of a name: names are compared, and so are read.
            throw HalfCharacter();
        }
    }

    private static RefusalException HalfCharacter() => new(ErrorCode.InvalidJson, "The body holds a \\u escape that is half of a surrogate pair. Send the whole character.");

    private static void Count(JsonElement root, int maxMessages)
    {
        AtMost(root, "tools", "tools", RequestLists.MaxTools);
        AtMost(root, "stop_sequences", "stop_sequences", RequestLists.MaxStops);
        AtMost(root, "messages", "messages", maxMessages);
        if (!root.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array) return;
        foreach (var (i, message) in messages.EnumerateArray().Index()) AtMost(message, "content", $"messages[{i}].content", RequestLists.MaxParts);
    }

    private static void AtMost(JsonElement owner, string name, string field, int most)
    {
        if (owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > most) throw RequestLists.TooLong(field, most);
    }

    private static int MaxTokens(JsonElement root) =>
        root.TryGetProperty("max_tokens", out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var tokens) && tokens >= 1
            ? tokens
            : throw new RefusalException(ErrorCode.InvalidValue, "max_tokens is needed: an integer of at least 1, the most tokens that the answer may have.", "max_tokens");

    /// <summary>Where the two fields stand that the gateway owns.</summary>
    internal static NativeMessages Spans(ReadOnlyMemory<byte> body)
    {
        var json = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = DuplicateKeys.MaxDepth });
        Range model = default, maxTokens = default;
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var (isModel, isMax) = (json.ValueTextEquals("model"u8), json.ValueTextEquals("max_tokens"u8));
            json.Read();
            var start = (int)json.TokenStartIndex;
            json.Skip();
            if (isModel) model = start..(int)json.BytesConsumed;
            if (isMax) maxTokens = start..(int)json.BytesConsumed;
        }

        return new NativeMessages { Body = body, Model = model, MaxTokens = maxTokens };
    }
}
