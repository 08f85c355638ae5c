using System.Buffers;
using System.Text.Json;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Metering;

/// <summary>
/// The tokens of a prompt, counted as OpenAI documents it: 3 for each message and its texts, 1 for a name, 3 to begin the answer, and the tools as their
/// JSON. What can't be read counts by a fixed number.
/// </summary>
internal static class PromptTokens
{
    /// <summary>An image: one of 1024×1024 in high detail, as OpenAI documents it for GPT-4o.</summary>
    public const long ImageTokens = 765;

    private const long PerMessage = 3;
    private const long PerName = 1;
    private const long PerToolCall = 3;
    private const long AnswerBegin = 3;

    /// <summary>The count; of a prompt beyond <see cref="TokenCounter.MaxExactBytes"/>, <see cref="ChatRequest.PromptUpperBound"/>.</summary>
    public static long Count(ChatRequest request, TokenCounter counter)
    {
        if (request.TextBytes > TokenCounter.MaxExactBytes) return request.PromptUpperBound;
        try
        {
            if (request.Surface == Surface.Embeddings) return Inputs(request.Body.Span[request.Spans.Input], counter);
            return AnswerBegin + (request.MessageCount * PerMessage) + (request.ImageParts * ImageTokens) + PromptBound.Media(request.MediaBytes)
                + Texts(request.Body.Span[request.Spans.Messages], counter) + counter.Count(request.Body.Span[request.Spans.Tools]);
        }
        catch (InvalidOperationException)
        {
            // A text holds half of an escaped surrogate pair: what a provider makes of that is its own affair.
            return request.PromptUpperBound;
        }
    }

    private static long Texts(ReadOnlySpan<byte> messages, TokenCounter counter)
    {
        var json = new Utf8JsonReader(messages);
        long count = 0;
        var isText = false;
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("function"u8)) count += PerToolCall;
                var isName = json.ValueTextEquals("name"u8);
                if (isName) count += PerName;
                isText = isName || json.ValueTextEquals("content"u8) || json.ValueTextEquals("text"u8) || json.ValueTextEquals("role"u8) || json.ValueTextEquals("arguments"u8) || json.ValueTextEquals("refusal"u8);
            }
            else if (json.TokenType == JsonTokenType.String && isText) count += Text(json, counter);
        }

        return count;
    }

    /// <summary>The inputs of a request for embeddings: texts, and numbers that are tokens already.</summary>
    private static long Inputs(ReadOnlySpan<byte> inputs, TokenCounter counter)
    {
        var json = new Utf8JsonReader(inputs);
        long count = 0;
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.String) count += Text(json, counter);
            else if (json.TokenType == JsonTokenType.Number) count++;
        }

        return count;
    }

    private static long Text(in Utf8JsonReader json, TokenCounter counter)
    {
        if (!json.ValueIsEscaped) return counter.Count(json.ValueSpan);
        var buffer = ArrayPool<byte>.Shared.Rent(json.ValueSpan.Length);
        try
        {
            return counter.Count(buffer.AsSpan(0, json.CopyString(buffer)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
