using System.Text.Json;
using System.Text.Unicode;

namespace LlmConsole.Core.Wire;

/// <summary>Reads a request for embeddings in one pass: the facts that the road needs, and where the model's name stands.</summary>
internal static class EmbeddingsRequest
{
    /// <summary>As many inputs as OpenAI takes in one request.</summary>
    public const int MaxInputs = 2_048;

    private const int MaxModelLength = 256;

    /// <exception cref="RefusalException">It is not a valid request; the refusal names the field.</exception>
    public static ChatRequest Read(ReadOnlyMemory<byte> body)
    {
        if (!Utf8.IsValid(body.Span)) throw new RefusalException(ErrorCode.InvalidJson, "The body is not valid UTF-8. Send JSON encoded as UTF-8.");
        try
        {
            using var strict = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = DuplicateKeys.MaxDepth, AllowDuplicateProperties = false });
            return strict.RootElement.ValueKind == JsonValueKind.Object ? Scan(body) : throw new RefusalException(ErrorCode.InvalidJson, "The body must be one JSON object.");
        }
        catch (JsonException e)
        {
            throw new RefusalException(ErrorCode.InvalidJson, $"The body is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine}), or names a field twice. Send one JSON object.");
        }
        catch (InvalidOperationException)
        {
            throw new RefusalException(ErrorCode.InvalidJson, "The body holds a \\u escape that is half of a surrogate pair. Send the whole character.");
        }
    }

    private static ChatRequest Scan(ReadOnlyMemory<byte> body)
    {
        var json = new Utf8JsonReader(body.Span);
        string? model = null, user = null;
        Range modelSpan = default, input = default;
        json.Read();
        var insert = (int)json.BytesConsumed;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (ForbiddenFields.Contains(json)) throw Invalid(json.GetString()!, $"{json.GetString()} can't be set by a request: the gateway decides where it connects, with which credential and at which price. Remove the field.");
            var (isModel, isInput, isUser) = (json.ValueTextEquals("model"u8), json.ValueTextEquals("input"u8), json.ValueTextEquals("user"u8));
            json.Read();
            var start = (int)json.TokenStartIndex;
            if (isModel && json.TokenType == JsonTokenType.String) model = json.GetString();
            if (isUser && json.TokenType == JsonTokenType.String) user = json.GetString();
            if (isInput) Input(ref json);
            else json.Skip();
            if (isModel) modelSpan = start..(int)json.BytesConsumed;
            if (isInput) input = start..(int)json.BytesConsumed;
        }

        if (model is not { Length: > 0 and <= MaxModelLength }) throw Invalid("model", "model is missing. Name one of the models that GET /v1/models lists.");
        if (input.End.Value == 0) throw Invalid("input", "input is missing. Send a text, an array of texts, or tokens.");
        return new ChatRequest
        {
            Surface = Surface.Embeddings, Body = body, Model = model, Stream = false, IncludeUsage = false, MaxOutputTokens = 0, User = user,
            TextBytes = input.End.Value - input.Start.Value, Spans = new RequestSpans { Model = modelSpan, Input = input, Insert = insert },
        };
    }

    /// <summary>A text, texts, tokens, or arrays of tokens. Leaves the reader on the value's last token.</summary>
    private static void Input(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.String) return;
        if (json.TokenType != JsonTokenType.StartArray) throw Invalid("input", "input must be a text, an array of texts, or tokens.");
        var (count, texts) = (0, 0);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType is not (JsonTokenType.String or JsonTokenType.Number or JsonTokenType.StartArray)) throw Invalid($"input[{count}]", "An input is a text or an array of tokens.");
            if (json.TokenType != JsonTokenType.Number && ++texts > MaxInputs) throw RequestLists.TooLong("input", MaxInputs);
            json.Skip();
            count++;
        }

        if (count == 0) throw Invalid("input", "input must hold at least one text.");
    }

    private static RefusalException Invalid(string param, string message) => new(ErrorCode.InvalidValue, message, param);
}
