using System.Text.Json;

namespace LlmConsole.Core.Wire;

/// <summary>The facts of one chunk or completion, read in one pass; the bytes themselves are passed on untouched.</summary>
internal ref partial struct AnswerTap
{
    private Utf8JsonReader _json;

    private readonly OutputText? _text;

    private int _fields;

    private AnswerTap(ReadOnlySpan<byte> json, OutputText? text)
    {
        _json = new Utf8JsonReader(json);
        _text = text;
    }

    /// <summary>False when the bytes are not one JSON object.</summary>
    public bool IsValid { get; private set; }

    /// <summary>The object holds an <c>error</c> instead of an answer.</summary>
    public bool HasError { get; private set; }
    public int ChoiceCount { get; private set; }

    /// <summary>The object holds a list of embeddings.</summary>
    public bool HasEmbeddings { get; private set; }

    /// <summary>The object is a whole answer to a request of this surface.</summary>
    public readonly bool IsAnswerTo(Surface surface) => IsValid && !HasError && (surface == Surface.Embeddings ? HasEmbeddings : ChoiceCount > 0);

    /// <summary>Bytes of text and tool call arguments that this object adds to the answer.</summary>
    public int OutputBytes { get; private set; }

    /// <summary>The object adds tool calls.</summary>
    public bool HasToolCalls { get; private set; }

    /// <summary>The object adds something else than plain text: tool calls, reasoning, a refusal, content in parts.</summary>
    public bool HasOtherOutput { get; private set; }
    public string? FinishReason { get; private set; }

    /// <summary>Where in a chunk the text stands that is all that it says; else empty.</summary>
    public Range PlainText { get; private set; }

    /// <summary>Where the value of <c>usage</c> stands when it is an object; else empty.</summary>
    public Range UsageSpan { get; private set; }
    public readonly bool HasUsage => UsageSpan.End.Value > 0;
    public TokenUsage? Usage { get; private set; }

    /// <summary>The <c>prompt_tokens</c> of a usage object, when they are a number of tokens.</summary>
    public long? SaidInput { get; private set; }

    /// <summary>The <c>completion_tokens</c> of a usage object, when they are a number of tokens.</summary>
    public long? SaidOutput { get; private set; }

    /// <summary>The usage object holds something that can't be a number of tokens, such as a negative one.</summary>
    public bool IsUsageDistorted { get; private set; }

    /// <summary>The choices, as bits, that have a finish reason here.</summary>
    public UInt128 FinishedChoices { get; private set; }

    /// <param name="text">Where the text that the object adds to the answer is collected; nowhere without it.</param>
    public static AnswerTap Read(ReadOnlySpan<byte> json, OutputText? text = null)
    {
        var tap = new AnswerTap(json, text);
        try
        {
            tap.Root();
            if (!JsonText.IsText(json, namesAlone: true)) (tap.IsValid, tap.PlainText) = (false, default);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Half of an escaped surrogate pair, or bytes that are not UTF-8, are an invalid operation to the reader.
            tap.IsValid = false;

            // What is broken is nothing that the next may be compared with.
            tap.PlainText = default;
        }

        return tap;
    }

    /// <summary>A chunk that says the same as one that was read, but for its text.</summary>
    public static AnswerTap OfPlain(ReadOnlySpan<byte> text, OutputText? to)
    {
        to?.Append(text);
        return new AnswerTap(default, to) { IsValid = true, ChoiceCount = 1, OutputBytes = text.Length };
    }

    private void Root()
    {
        if (!_json.Read() || _json.TokenType != JsonTokenType.StartObject) return;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
        {
            if (_json.ValueTextEquals("choices"u8)) Choices();
            else if (_json.ValueTextEquals("usage"u8)) ReadUsage();
            else if (_json.ValueTextEquals("data"u8))
            {
                _json.Read();
                HasEmbeddings = _json.TokenType == JsonTokenType.StartArray;
                _json.Skip();
            }
            else if (_json.ValueTextEquals("error"u8))
            {
                _json.Read();
                HasError = _json.TokenType is JsonTokenType.StartObject or JsonTokenType.String;
                _json.Skip();
            }
            else _json.Skip();
        }

        IsValid = _json.TokenType == JsonTokenType.EndObject && !_json.Read();
        if (!IsValid || HasError || HasEmbeddings || HasUsage || ChoiceCount != 1 || FinishReason is not null) PlainText = default;
    }

    private void Choices()
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartArray)
        {
            _json.Skip();
            return;
        }

        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_json.TokenType == JsonTokenType.StartObject)
            {
                ChoiceCount++;
                Choice();
            }
            else _json.Skip();
        }
    }

    private void Choice()
    {
        var index = 0;
        var isFinished = false;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
        {
            if (_json.ValueTextEquals("delta"u8) || _json.ValueTextEquals("message"u8)) Message();
            else if (_json.ValueTextEquals("finish_reason"u8))
            {
                _json.Read();
                isFinished = _json.TokenType == JsonTokenType.String;
                if (isFinished) FinishReason = Known(_json);
                _json.Skip();
            }
            else if (_json.ValueTextEquals("index"u8))
            {
                _json.Read();
                if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt32(out index)) _json.Skip();
            }
            else _json.Skip();
        }

        if (isFinished && index is >= 0 and < 128) FinishedChoices |= UInt128.One << index;
    }

    private void ReadUsage()
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            _json.Skip();
            return;
        }

        var start = (int)_json.TokenStartIndex;
        long? prompt = null, completion = null;
        long cached = 0, reasoning = 0, written = 0, ignored = 0;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
        {
            if (_json.ValueTextEquals("prompt_tokens"u8)) prompt = Count();
            else if (_json.ValueTextEquals("completion_tokens"u8)) completion = Count();
            else if (_json.ValueTextEquals("prompt_tokens_details"u8)) Details("cached_tokens"u8, ref cached, "cache_write_tokens"u8, ref written);
            else if (_json.ValueTextEquals("completion_tokens_details"u8)) Details("reasoning_tokens"u8, ref reasoning, default, ref ignored);
            else if (_json.ValueTextEquals("cache_creation_input_tokens"u8)) written = Count() ?? written;
            else _json.Skip();
        }

        UsageSpan = start..(int)_json.BytesConsumed;
        (SaidInput, SaidOutput) = (prompt, completion);
        if (prompt is not { } input || completion is not { } output) return;
        cached = Math.Clamp(cached, 0, input);
        written = Math.Clamp(written, 0, input - cached);
        Usage = new TokenUsage(input - cached - written, cached, output, Math.Clamp(reasoning, 0, output), written);
    }

    private void Details(ReadOnlySpan<byte> name, ref long value, ReadOnlySpan<byte> otherName, ref long other)
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            _json.Skip();
            return;
        }

        while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
        {
            if (_json.ValueTextEquals(name)) value = Count() ?? 0;
            else if (_json.ValueTextEquals(otherName)) other = Count() ?? 0;
            else _json.Skip();
        }
    }

    /// <summary>A token count; anything but a sensible non-negative integer counts as not said.</summary>
    private long? Count()
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.Number && _json.TryGetInt64(out var value) && value is >= 0 and <= 1_000_000_000) return value;
        IsUsageDistorted |= _json.TokenType != JsonTokenType.Null;
        _json.Skip();
        return null;
    }

    private static string Known(in Utf8JsonReader json) =>
        json.ValueTextEquals("stop"u8) ? "stop"
        : json.ValueTextEquals("length"u8) ? "length"
        : json.ValueTextEquals("tool_calls"u8) ? "tool_calls"
        : json.ValueTextEquals("content_filter"u8) ? "content_filter"
        : json.ValueSpan.Length <= 64 ? json.GetString()! : "unknown";
}
