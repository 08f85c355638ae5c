using System.Text.Json;

namespace LlmConsole.Core.Wire;

/// <content>Reads what becomes the prompt, and tells its text from the data of images, sound and files.</content>
internal ref partial struct RequestScanner
{
    private void Messages()
    {
        Next();
        var start = (int)_json.TokenStartIndex;
        if (_json.TokenType != JsonTokenType.StartArray) throw Invalid("messages", "messages must be an array.");
        _messages = 0;
        var last = 0;
        while (Next() != JsonTokenType.EndArray)
        {
            if (_messages == _maxMessages) throw RequestLists.TooLong("messages", _maxMessages);
            if (_json.TokenType != JsonTokenType.StartObject) throw Invalid($"messages[{_messages}]", "A message must be an object with role and content.");
            last = (int)_json.TokenStartIndex;
            Message(_messages);
            _messages++;
        }

        if (_messages == 0) throw Invalid("messages", "messages must hold at least one message.");
        _spans = _spans with { Messages = start..(int)_json.BytesConsumed, LastMessage = last };
        _textBytes += (int)_json.BytesConsumed - start - _imageBytes - _mediaBytes;
    }

    private void Message(int index)
    {
        _keys.Enter(_json.CurrentDepth);
        var hasRole = false;
        while (Next() != JsonTokenType.EndObject)
        {
            _keys.Check(ref _json);
            if (_json.ValueTextEquals("role"u8))
            {
                if (Next() != JsonTokenType.String) throw Invalid($"messages[{index}].role", "role must be a string.");
                hasRole = true;
            }
            else if (_json.ValueTextEquals("content"u8))
            {
                if (Next() is not (JsonTokenType.String or JsonTokenType.StartArray or JsonTokenType.Null)) throw Invalid($"messages[{index}].content", "content must be a string or an array of parts.");
                if (_json.TokenType == JsonTokenType.StartArray) Parts(index);
            }
            else
            {
                Next();
                Skip();
            }
        }

        if (!hasRole) throw Invalid($"messages[{index}].role", "role is missing.");
    }

    private void Parts(int message)
    {
        for (var i = 0; Next() != JsonTokenType.EndArray; i++)
        {
            if (i == RequestLists.MaxParts) throw RequestLists.TooLong($"messages[{message}].content", RequestLists.MaxParts);
            if (_json.TokenType != JsonTokenType.StartObject) throw Invalid($"messages[{message}].content[{i}]", "A content part must be an object with a type.");
            Part();
        }
    }

    private void Part()
    {
        _keys.Enter(_json.CurrentDepth);
        while (Next() != JsonTokenType.EndObject)
        {
            _keys.Check(ref _json);
            if (_json.ValueTextEquals("image_url"u8))
            {
                _images++;
                Data("url"u8, "data:image/"u8, ref _imageBytes);
            }
            else if (_json.ValueTextEquals("input_audio"u8)) Data("data"u8, [], ref _mediaBytes);
            else if (_json.ValueTextEquals("file"u8)) Data("file_data"u8, [], ref _mediaBytes);
            else
            {
                Next();
                Skip();
                continue;
            }

            _namesMore = true;
        }
    }

    /// <summary>Adds the bytes of a part's data: the value itself when it is a string, else that of one of its fields.</summary>
    private void Data(ReadOnlySpan<byte> field, ReadOnlySpan<byte> prefix, ref int bytes)
    {
        if (Next() == JsonTokenType.String) bytes += DataBytes(prefix);
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            Skip();
            return;
        }

        _keys.Enter(_json.CurrentDepth);
        while (Next() != JsonTokenType.EndObject)
        {
            _keys.Check(ref _json);
            var isData = _json.ValueTextEquals(field);
            if (Next() == JsonTokenType.String && isData) bytes += DataBytes(prefix);
            else Skip();
        }
    }

    private readonly int DataBytes(ReadOnlySpan<byte> prefix) => _json.ValueSpan.StartsWith(prefix) ? _json.ValueSpan.Length : 0;

    private void Tools()
    {
        Next();
        if (_json.TokenType == JsonTokenType.Null) return;
        if (_json.TokenType != JsonTokenType.StartArray) throw Invalid("tools", "tools must be an array.");
        var start = (int)_json.TokenStartIndex;
        for (var i = 0; Next() != JsonTokenType.EndArray; i++)
        {
            if (i == RequestLists.MaxTools) throw RequestLists.TooLong("tools", RequestLists.MaxTools);
            if (_json.TokenType != JsonTokenType.StartObject) throw Invalid($"tools[{i}]", "A tool must be an object.");
            Skip();
            _hasTools = _namesMore = true;
        }

        _spans = _spans with { Tools = start..(int)_json.BytesConsumed };
        _textBytes += (int)_json.BytesConsumed - start;
    }
}
