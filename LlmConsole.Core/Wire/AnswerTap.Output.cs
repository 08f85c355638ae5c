using System.Text.Json;

namespace LlmConsole.Core.Wire;

/// <content>Measures and collects what an object adds to the answer.</content>
internal partial struct AnswerTap
{
    private void Message(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        var hasReasoning = false;
        while (json.Read() && json.TokenType != JsonTokenType.EndObject)
        {
            // Some servers send the same reasoning under both names.
            var isReasoning = json.ValueTextEquals("reasoning_content"u8) || json.ValueTextEquals("reasoning"u8);
            var isTools = json.ValueTextEquals("tool_calls"u8);
            var isContent = json.ValueTextEquals("content"u8);
            var counts = isTools || isContent || (isReasoning && !hasReasoning) || json.ValueTextEquals("refusal"u8);
            _isOdd |= json.ValueTextEquals("function_call"u8);
            if (isContent) _answerFields++;
            json.Read();
            PlainText = ++_fields == 1 && isContent && json.TokenType == JsonTokenType.String ? ((int)json.TokenStartIndex + 1)..((int)json.BytesConsumed - 1) : default;
            HasOtherOutput |= counts && !(isContent && json.TokenType == JsonTokenType.String) && (json.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject || (json.TokenType == JsonTokenType.String && json.ValueSpan.Length > 0));
            if (counts) Output(ref json);
            else json.Skip();
            hasReasoning |= isReasoning && json.TokenType == JsonTokenType.String && json.ValueSpan.Length > 0;
            HasToolCalls |= isTools && json.TokenType == JsonTokenType.EndArray;
        }
    }

    private void Output(ref Utf8JsonReader json)
    {
        var start = json.TokenStartIndex;
        if (json.TokenType == JsonTokenType.String)
        {
            OutputBytes += json.ValueSpan.Length;
            _text?.Append(json);
        }
        else if (json.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
        {
            Nested(ref json);
            OutputBytes += (int)(json.BytesConsumed - start);
        }
    }

    /// <summary>Tool calls, or content in parts: the texts in it that a model wrote.</summary>
    private void Nested(ref Utf8JsonReader json)
    {
        var depth = json.CurrentDepth;
        var isText = false;
        while (json.Read() && !(json.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject && json.CurrentDepth == depth))
        {
            if (json.TokenType == JsonTokenType.PropertyName) isText = json.ValueTextEquals("name"u8) || json.ValueTextEquals("arguments"u8) || json.ValueTextEquals("text"u8);
            else if (json.TokenType == JsonTokenType.String && isText) _text?.Append(json);
        }
    }
}
