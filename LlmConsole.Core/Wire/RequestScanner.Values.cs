using System.Text.Json;

namespace LlmConsole.Core.Wire;

/// <content>Reads single values; each leaves the reader on the value's last token.</content>
internal ref partial struct RequestScanner
{
    private bool Boolean(string field)
    {
        Next();
        return _json.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False or JsonTokenType.Null => false,
            _ => throw Invalid(field, $"{field} must be true or false."),
        };
    }

    private int? Tokens(string field, out Range span)
    {
        var value = Integer(field, 1, int.MaxValue);
        span = Here();
        return value;
    }

    private int? Integer(string field, int min, int max)
    {
        Next();
        if (_json.TokenType == JsonTokenType.Null) return null;
        if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt32(out var value) || value < min || value > max)
            throw Invalid(field, max == int.MaxValue ? $"{field} must be an integer of at least {min}." : $"{field} must be an integer between {min} and {max}.");
        return value;
    }

    private double? Number(string field, double min, double max)
    {
        Next();
        if (_json.TokenType == JsonTokenType.Null) return null;
        if (_json.TokenType != JsonTokenType.Number || !_json.TryGetDouble(out var value) || !(value >= min && value <= max))
            throw Invalid(field, FormattableString.Invariant($"{field} must be a number between {min} and {max}."));
        return value;
    }

    private string? Text(string field, int maxLength)
    {
        Next();
        if (_json.TokenType == JsonTokenType.Null) return null;
        if (_json.TokenType != JsonTokenType.String) throw Invalid(field, $"{field} must be a string.");
        var text = _json.GetString()!;
        return text.Length <= maxLength ? text : throw Invalid(field, $"{field} has at most {maxLength} characters.");
    }

    private void Stops()
    {
        Next();
        if (_json.TokenType is JsonTokenType.String or JsonTokenType.Null) return;
        if (_json.TokenType != JsonTokenType.StartArray) throw Invalid("stop", "stop must be a string or an array of strings.");
        for (var i = 0; Next() != JsonTokenType.EndArray; i++)
        {
            if (i == RequestLists.MaxStops) throw RequestLists.TooLong("stop", RequestLists.MaxStops);
            Skip();
        }
    }

    private void Typed(string field, string expected, JsonTokenType first, JsonTokenType second = JsonTokenType.Null) => Typed(field, expected, first, second, out _);

    private void Typed(string field, string expected, JsonTokenType first, JsonTokenType second, out Range span)
    {
        Next();
        var start = (int)_json.TokenStartIndex;
        if (_json.TokenType != JsonTokenType.Null && _json.TokenType != first && _json.TokenType != second) throw Invalid(field, $"{field} must be {expected}.");
        Skip();
        span = start..(int)_json.BytesConsumed;
    }

    /// <summary>Moves to the end of the current value, checking its keys on the way.</summary>
    private void Skip()
    {
        if (_json.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return;
        var depth = _json.CurrentDepth;
        if (_json.TokenType == JsonTokenType.StartObject) _keys.Enter(depth);
        while (true)
        {
            Next();
            if (_json.TokenType == JsonTokenType.PropertyName) _keys.Check(ref _json);
            else if (_json.TokenType == JsonTokenType.StartObject) _keys.Enter(_json.CurrentDepth);
            else if (_json.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray && _json.CurrentDepth == depth) return;
        }
    }

    private JsonTokenType Next()
    {
        if (!_json.Read()) throw new RefusalException(ErrorCode.InvalidJson, "The body ends in the middle. Send one complete JSON object.");
        return _json.TokenType;
    }

    private readonly Range Here() => (int)_json.TokenStartIndex..(int)_json.BytesConsumed;

    private static RefusalException Invalid(string param, string message) => new(ErrorCode.InvalidValue, message, param);
}
