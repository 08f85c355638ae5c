using System.Text.Json;

namespace LlmConsole.Core.Wire;

/// <content>Measures and collects what an object adds to the answer.</content>
internal ref partial struct AnswerTap
{
    private void Message()
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            _json.Skip();
            return;
        }

        var hasReasoning = false;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
        {
            // Some servers send the same reasoning under both names.
            var isReasoning = _json.ValueTextEquals("reasoning_content"u8) || _json.ValueTextEquals("reasoning"u8);
            var isTools = _json.ValueTextEquals("tool_calls"u8);
            var isContent = _json.ValueTextEquals("content"u8);
            var counts = isTools || isContent || (isReasoning && !hasReasoning) || _json.ValueTextEquals("refusal"u8);
            _json.Read();
            PlainText = ++_fields == 1 && isContent && _json.TokenType == JsonTokenType.String ? ((int)_json.TokenStartIndex + 1)..((int)_json.BytesConsumed - 1) : default;
            HasOtherOutput |= counts && !(isContent && _json.TokenType == JsonTokenType.String) && (_json.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject || (_json.TokenType == JsonTokenType.String && _json.ValueSpan.Length > 0));
            if (counts) Output();
            else _json.Skip();
            hasReasoning |= isReasoning && _json.TokenType == JsonTokenType.String && _json.ValueSpan.Length > 0;
            HasToolCalls |= isTools && _json.TokenType == JsonTokenType.EndArray;
        }
    }

    private void Output()
    {
        var start = _json.TokenStartIndex;
        if (_json.TokenType == JsonTokenType.String)
        {
            OutputBytes += _json.ValueSpan.Length;
            _text?.Append(_json);
        }
        else if (_json.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
        {
            Nested();
            OutputBytes += (int)(_json.BytesConsumed - start);
        }
    }

    /// <summary>Tool calls, or content in parts: the texts in it that a model wrote.</summary>
    private void Nested()
    {
        var depth = _json.CurrentDepth;
        var isText = false;
        while (_json.Read() && !(_json.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject && _json.CurrentDepth == depth))
        {
            if (_json.TokenType == JsonTokenType.PropertyName) isText = _json.ValueTextEquals("name"u8) || _json.ValueTextEquals("arguments"u8) || _json.ValueTextEquals("text"u8);
            else if (_json.TokenType == JsonTokenType.String && isText) _text?.Append(_json);
        }
    }
}
