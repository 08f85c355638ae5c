using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Caching;

/// <summary>
/// Writes a chat completions request so that requests which ask for the same have the same bytes: fields in one order, no white space, numbers and
/// escapes in one spelling, and without the fields that say who asks or how the answer is sent. Every value carries its kind and strings their length,
/// so that no two different requests come out alike.
/// </summary>
internal ref struct CanonicalRequest
{
    [ThreadStatic] private static List<Field>? _shared;

    private readonly PooledBytes _to;
    private readonly List<Field> _fields;
    private readonly int _hole;
    private Utf8JsonReader _json;

    private CanonicalRequest(ReadOnlySpan<byte> body, int hole, PooledBytes to)
    {
        _json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = DuplicateKeys.MaxDepth });
        _hole = hole;
        _to = to;
        _fields = _shared ??= [];
        _fields.Clear();
    }

    /// <param name="body">A body that <see cref="ChatRequest"/> has accepted.</param>
    /// <param name="to">Where it is written to.</param>
    /// <param name="hole">Where in the body a value begins that shall not matter; none when negative.</param>
    public static void Write(ReadOnlySpan<byte> body, PooledBytes to, int hole = -1)
    {
        var request = new CanonicalRequest(body, hole, to);
        request._json.Read();
        request.Object(isRoot: true);
    }

    private void Value()
    {
        if (_json.TokenStartIndex == _hole)
        {
            _json.Skip();
            _to.Add((byte)'_');
            return;
        }

        switch (_json.TokenType)
        {
            case JsonTokenType.StartObject: Object(isRoot: false); break;
            case JsonTokenType.StartArray: Array(); break;
            case JsonTokenType.String: Text(); break;
            case JsonTokenType.Number: CanonicalNumber.Write(_json.ValueSpan, _to); break;
            case JsonTokenType.True: _to.Add((byte)'t'); break;
            case JsonTokenType.False: _to.Add((byte)'f'); break;
            default: _to.Add((byte)'0'); break;
        }
    }

    private void Array()
    {
        _to.Add((byte)'[');
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray) Value();
        _to.Add((byte)']');
    }

    private void Object(bool isRoot)
    {
        _to.Add((byte)'{');
        var first = _fields.Count;
        var isSorted = true;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
        {
            if (isRoot && IsExcluded())
            {
                _json.Skip();
                continue;
            }

            var start = _to.Length;
            Text();
            var name = start.._to.Length;
            _json.Read();
            Value();
            isSorted &= _fields.Count == first || _to.Span[_fields[^1].Name].SequenceCompareTo(_to.Span[name]) < 0;
            _fields.Add(new Field(name, _to.Length));
        }

        if (!isSorted) Sort(first);
        _fields.RemoveRange(first, _fields.Count - first);
        _to.Add((byte)'}');
    }

    /// <summary>Fields that don't change the answer, or that the key holds in another way.</summary>
    private readonly bool IsExcluded() =>
        _json.ValueTextEquals("model"u8) || _json.ValueTextEquals("stream"u8) || _json.ValueTextEquals("stream_options"u8) || _json.ValueTextEquals("user"u8)
        || _json.ValueTextEquals("metadata"u8) || _json.ValueTextEquals("safety_identifier"u8) || _json.ValueTextEquals("prompt_cache_key"u8);

    private void Sort(int first)
    {
        var start = _fields[first].Name.Start.Value;
        var length = _to.Length - start;
        var copy = ArrayPool<byte>.Shared.Rent(length);
        _to.Span[start..].CopyTo(copy);
        _fields.Sort(first, _fields.Count - first, new ByName(copy, start));
        var rest = _to.Span[start..];
        for (var i = first; i < _fields.Count; i++)
        {
            var field = copy.AsSpan(_fields[i].Name.Start.Value - start, _fields[i].End - _fields[i].Name.Start.Value);
            field.CopyTo(rest);
            rest = rest[field.Length..];
        }

        ArrayPool<byte>.Shared.Return(copy);
    }

    /// <summary>The string or name that the reader stands on, by its value.</summary>
    private readonly void Text()
    {
        _to.Add((byte)'s');
        var at = _to.Length;
        var room = _to.Room(sizeof(int) + _json.ValueSpan.Length);
        var length = _json.ValueSpan.Length;
        if (!_json.ValueIsEscaped) _json.ValueSpan.CopyTo(room[sizeof(int)..]);
        else
        {
            try
            {
                length = _json.CopyString(room[sizeof(int)..]);
            }
            catch (InvalidOperationException)
            {
                // Half of a surrogate pair has no value; as spelled it is a text of another kind.
                _to.Span[at - 1] = (byte)'h';
                _json.ValueSpan.CopyTo(room[sizeof(int)..]);
            }
        }

        BinaryPrimitives.WriteInt32LittleEndian(room, length);
        _to.Advance(sizeof(int) + length);
    }

    private readonly record struct Field(Range Name, int End);

    private sealed class ByName(byte[] copy, int start) : IComparer<Field>
    {
        public int Compare(Field x, Field y) => Name(x).SequenceCompareTo(Name(y));

        private ReadOnlySpan<byte> Name(Field field) => copy.AsSpan(field.Name.Start.Value - start, field.Name.End.Value - field.Name.Start.Value);
    }
}
