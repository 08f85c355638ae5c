using System.Buffers;
using System.Text.Json;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Caching;

/// <summary>The last message of a request, when it is a user's and plain text.</summary>
/// <param name="Start">Where in the body the value of its <c>content</c> begins.</param>
internal readonly record struct LastMessage(int Start, string Text)
{
    /// <param name="most">Characters of a longer text that are enough.</param>
    public static LastMessage? Find(ChatRequest request, int most = int.MaxValue)
    {
        if (request.Surface != Surface.ChatCompletions) return null;
        var start = request.Spans.LastMessage;
        var reader = new Utf8JsonReader(request.Body.Span[start..request.Spans.Messages.End.Value], new JsonReaderOptions { MaxDepth = DuplicateKeys.MaxDepth });
        reader.Read();
        try
        {
            return Read(ref reader, start, most);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair can't be compared with anything.
            return null;
        }
    }

    private static LastMessage? Read(ref Utf8JsonReader json, int offset, int most)
    {
        var isUser = false;
        LastMessage? found = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("role"u8))
            {
                json.Read();
                isUser = json.ValueTextEquals("user"u8);
            }
            else if (json.ValueTextEquals("content"u8))
            {
                json.Read();
                var start = offset + (int)json.TokenStartIndex;
                if (Content(ref json, most) is { } text) found = new LastMessage(start, text);
            }
            else json.Skip();
        }

        return isUser ? found : null;
    }

    /// <summary>A string, or a single part of type text.</summary>
    private static string? Content(ref Utf8JsonReader json, int most)
    {
        if (json.TokenType == JsonTokenType.String) return json.ValueSpan.Length <= most ? json.GetString() : Beginning(ref json, most);
        if (json.TokenType != JsonTokenType.StartArray) return null;
        using var parts = JsonDocument.ParseValue(ref json);
        if (parts.RootElement.GetArrayLength() != 1) return null;
        var part = parts.RootElement[0];
        var isText = part.TryGetProperty("type", out var type) && type.ValueEquals("text") && part.GetPropertyCount() == 2;
        return isText && part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
    }

    private static string Beginning(ref Utf8JsonReader json, int most)
    {
        var whole = ArrayPool<char>.Shared.Rent(json.ValueSpan.Length);
        try
        {
            return new string(whole, 0, Math.Min(json.CopyString(whole), most));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(whole);
        }
    }
}
