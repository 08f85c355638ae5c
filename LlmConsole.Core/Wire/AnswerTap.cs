using System.Text.Json;

namespace LlmConsole.Core.Wire;

/// <summary>The facts of one chunk or completion, read in one pass; the bytes themselves are passed on untouched.</summary>
internal partial struct AnswerTap
{
    private const string Stop = "stop";

    // The list of choices, a message, its content and its finish reason.
    private const int FieldsOfAnswer = 4;

    private readonly OutputText? _text;

    private int _fields;
    private int _answerFields;
    private bool _isOdd;

    private AnswerTap(OutputText? text) => _text = text;

    /// <summary>False when the bytes are not one JSON object.</summary>
    public bool IsValid { get; private set; }

    /// <summary>The object holds an <c>error</c> instead of an answer.</summary>
    public bool HasError { get; private set; }
    public int ChoiceCount { get; private set; }

    /// <summary>The object holds a list of embeddings.</summary>
    public bool HasEmbeddings { get; private set; }

    /// <summary>The object is a whole answer to a request of this surface.</summary>
    public readonly bool IsAnswerTo(Surface surface) => IsValid && !HasError && (surface == Surface.Embeddings ? HasEmbeddings : ChoiceCount > 0);

    /// <summary>A whole completion that is one choice, text alone, which ended by itself; nothing of it is said twice, and no string escapes a surrogate pair.</summary>
    public readonly bool IsPlainCompletion =>
        IsValid && !HasError && !_isOdd && !HasOtherOutput && ChoiceCount == 1 && _answerFields == FieldsOfAnswer && OutputBytes > 0 && FinishReason == Stop;

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
        var tap = new AnswerTap(text);
        var reader = new Utf8JsonReader(json);
        try
        {
            tap.Root(ref reader);
            if (JsonText.EscapesNoPair(json)) return tap;
            tap._isOdd = true;
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
        return new AnswerTap(to) { IsValid = true, ChoiceCount = 1, OutputBytes = text.Length };
    }

    private void Root(ref Utf8JsonReader json)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return;
        while (json.Read() && json.TokenType != JsonTokenType.EndObject)
        {
            if (json.ValueTextEquals("choices"u8)) Choices(ref json);
            else if (json.ValueTextEquals("usage"u8)) ReadUsage(ref json);
            else if (json.ValueTextEquals("data"u8))
            {
                json.Read();
                HasEmbeddings = json.TokenType == JsonTokenType.StartArray;
                json.Skip();
            }
            else if (json.ValueTextEquals("error"u8))
            {
                json.Read();
                HasError = json.TokenType is JsonTokenType.StartObject or JsonTokenType.String;
                json.Skip();
            }
            else json.Skip();
        }

        IsValid = json.TokenType == JsonTokenType.EndObject && !json.Read();
        if (!IsValid || HasError || HasEmbeddings || HasUsage || ChoiceCount != 1 || FinishReason is not null) PlainText = default;
    }

    private void Choices(ref Utf8JsonReader json)
    {
        _answerFields++;
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType == JsonTokenType.StartObject)
            {
                ChoiceCount++;
                Choice(ref json);
                continue;
            }

            _isOdd = true;
            json.Skip();
        }
    }

    private void Choice(ref Utf8JsonReader json)
    {
        var index = 0;
        var isFinished = false;
        while (json.Read() && json.TokenType != JsonTokenType.EndObject)
        {
            if (json.ValueTextEquals("delta"u8))
            {
                _isOdd = true;
                Message(ref json);
            }
            else if (json.ValueTextEquals("message"u8))
            {
                _answerFields++;
                Message(ref json);
            }
            else if (json.ValueTextEquals("finish_reason"u8))
            {
                _answerFields++;
                json.Read();
                isFinished = json.TokenType == JsonTokenType.String;
                if (isFinished) FinishReason = Known(json);
                json.Skip();
            }
            else if (json.ValueTextEquals("index"u8))
            {
                json.Read();
                if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out index)) json.Skip();
            }
            else json.Skip();
        }

        if (isFinished && index is >= 0 and < 128) FinishedChoices |= UInt128.One << index;
    }

    private void ReadUsage(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        var start = (int)json.TokenStartIndex;
        long? prompt = null, completion = null;
        long cached = 0, reasoning = 0, written = 0, ignored = 0;
        while (json.Read() && json.TokenType != JsonTokenType.EndObject)
        {
            if (json.ValueTextEquals("prompt_tokens"u8)) prompt = Count(ref json);
            else if (json.ValueTextEquals("completion_tokens"u8)) completion = Count(ref json);
            else if (json.ValueTextEquals("prompt_tokens_details"u8)) Details(ref json, "cached_tokens"u8, ref cached, "cache_write_tokens"u8, ref written);
            else if (json.ValueTextEquals("completion_tokens_details"u8)) Details(ref json, "reasoning_tokens"u8, ref reasoning, default, ref ignored);
            else if (json.ValueTextEquals("cache_creation_input_tokens"u8)) written = Count(ref json) ?? written;
            else json.Skip();
        }

        UsageSpan = start..(int)json.BytesConsumed;
        (SaidInput, SaidOutput) = (prompt, completion);
        if (prompt is not { } input || completion is not { } output) return;
        cached = Math.Clamp(cached, 0, input);
        written = Math.Clamp(written, 0, input - cached);
        Usage = new TokenUsage(input - cached - written, cached, output, Math.Clamp(reasoning, 0, output), written);
    }

    private void Details(ref Utf8JsonReader json, ReadOnlySpan<byte> name, ref long value, ReadOnlySpan<byte> otherName, ref long other)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType != JsonTokenType.EndObject)
        {
            if (json.ValueTextEquals(name)) value = Count(ref json) ?? 0;
            else if (json.ValueTextEquals(otherName)) other = Count(ref json) ?? 0;
            else json.Skip();
        }
    }

    /// <summary>A token count; anything but a sensible non-negative integer counts as not said.</summary>
    private long? Count(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var value) && value is >= 0 and <= 1_000_000_000) return value;
        IsUsageDistorted |= json.TokenType != JsonTokenType.Null;
        json.Skip();
        return null;
    }

    private static string Known(in Utf8JsonReader json) =>
        json.ValueTextEquals("stop"u8) ? Stop
        : json.ValueTextEquals("length"u8) ? "length"
        : json.ValueTextEquals("tool_calls"u8) ? "tool_calls"
        : json.ValueTextEquals("content_filter"u8) ? "content_filter"
        : json.ValueSpan.Length <= 64 ? json.GetString()! : "unknown";
}
