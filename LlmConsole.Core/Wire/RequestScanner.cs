using System.Text.Json;
using System.Text.Unicode;

namespace LlmConsole.Core.Wire;

/// <summary>One pass over a chat completions body: checks what the gateway relies on, remembers where the fields stand that it owns, and leaves everything else alone.</summary>
internal ref partial struct RequestScanner
{
    private const int MaxModelLength = 256;
    private const int MaxLabelLength = 128;

    private readonly ReadOnlyMemory<byte> _body;
    private readonly int _maxMessages;
    private Utf8JsonReader _json;
    private DuplicateKeys _keys;
    private RequestSpans _spans;
    private string? _model;
    private string? _task;
    private string? _user;
    private bool _stream;
    private bool _includeUsage;
    private bool _hasStreamOptions;
    private int? _maxTokens;
    private int? _maxCompletionTokens;
    private int _choices = 1;
    private double? _temperature;
    private int _messages = -1;
    private int _textBytes;
    private int _images;
    private int _imageBytes;
    private int _mediaBytes;
    private bool _hasTools;
    private bool _namesMore;

    public RequestScanner(ReadOnlyMemory<byte> body, int maxMessages)
    {
        _body = body;
        _maxMessages = maxMessages;
        _json = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = DuplicateKeys.MaxDepth });
        _keys = DuplicateKeys.Start();
    }

    public ChatRequest Scan()
    {
        if (!Utf8.IsValid(_body.Span)) throw new RefusalException(ErrorCode.InvalidJson, "The body is not valid UTF-8. Send JSON encoded as UTF-8.");
        try
        {
            Root();
        }
        catch (JsonException e)
        {
            throw new RefusalException(ErrorCode.InvalidJson, $"The body is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine}). Send one JSON object, at most {DuplicateKeys.MaxDepth} levels deep.");
        }
        catch (InvalidOperationException)
        {
            // What the reader throws for such an escape, when the text is asked for.
            throw new RefusalException(ErrorCode.InvalidJson, "The body holds a \\u escape that is half of a surrogate pair. Send the whole character.");
        }

        if (_model is null) throw Invalid("model", "model is missing. Name one of the models that GET /v1/models lists.");
        if (_messages < 0) throw Invalid("messages", "messages is missing. Send an array with at least one message.");
        if (_hasStreamOptions && !_stream) throw Invalid("stream_options", "stream_options is only allowed with \"stream\": true.");
        return new ChatRequest
        {
            Body = _body, Model = _model, Stream = _stream, IncludeUsage = _includeUsage, MaxOutputTokens = _maxCompletionTokens ?? _maxTokens,
            Choices = _choices, Temperature = _temperature, MessageCount = _messages, TextBytes = _textBytes, ImageParts = _images, MediaBytes = _mediaBytes, HasTools = _hasTools, NamesMore = _namesMore, Task = _task, User = _user, Spans = _spans,
        };
    }

    private void Root()
    {
        if (!_json.Read() || _json.TokenType != JsonTokenType.StartObject) throw new RefusalException(ErrorCode.InvalidJson, "The body must be one JSON object.");
        _keys.Enter(_json.CurrentDepth);
        _spans = _spans with { Insert = (int)_json.BytesConsumed };
        while (Next() != JsonTokenType.EndObject)
        {
            _keys.Check(ref _json);
            Property();
        }

        // Reading on makes the reader complain of anything that follows the object.
        _json.Read();
    }

    private void Property()
    {
        if (_json.ValueTextEquals("model"u8)) Model();
        else if (_json.ValueTextEquals("messages"u8)) Messages();
        else if (_json.ValueTextEquals("stream"u8)) _stream = Boolean("stream");
        else if (_json.ValueTextEquals("stream_options"u8)) StreamOptions();
        else if (_json.ValueTextEquals("max_tokens"u8)) (_maxTokens, _spans) = (Tokens("max_tokens", out var at), _spans with { MaxTokens = at });
        else if (_json.ValueTextEquals("max_completion_tokens"u8)) (_maxCompletionTokens, _spans) = (Tokens("max_completion_tokens", out var at), _spans with { MaxCompletionTokens = at });
        else if (_json.ValueTextEquals("n"u8)) _choices = Integer("n", 1, 128) ?? 1;
        else if (_json.ValueTextEquals("temperature"u8)) _temperature = Number("temperature", 0, 2);
        else if (_json.ValueTextEquals("top_p"u8)) Number("top_p", 0, 1);
        else if (_json.ValueTextEquals("presence_penalty"u8)) Number("presence_penalty", -2, 2);
        else if (_json.ValueTextEquals("frequency_penalty"u8)) Number("frequency_penalty", -2, 2);
        else if (_json.ValueTextEquals("top_logprobs"u8)) Integer("top_logprobs", 0, 20);
        else if (_json.ValueTextEquals("logprobs"u8)) Boolean("logprobs");
        else if (_json.ValueTextEquals("user"u8)) _user = Text("user", 512);
        else if (_json.ValueTextEquals("tools"u8)) Tools();
        else if (_json.ValueTextEquals("metadata"u8)) Metadata();
        else if (_json.ValueTextEquals("stop"u8)) Stops();
        else if (_json.ValueTextEquals("response_format"u8)) ResponseFormat();
        else if (_json.ValueTextEquals("tool_choice"u8)) Typed("tool_choice", "a string or an object", JsonTokenType.String, JsonTokenType.StartObject);
        else Unknown();
    }

    private void Model()
    {
        Next();
        if (_json.TokenType != JsonTokenType.String) throw Invalid("model", "model must be a string.");
        _spans = _spans with { Model = Here() };
        _model = (_json.ValueIsEscaped ? null : KnownText.Of(_json.ValueSpan)) ?? _json.GetString()!;
        if (_model.Length is 0 or > MaxModelLength) throw Invalid("model", $"model must have 1 to {MaxModelLength} characters.");
    }

    private void StreamOptions()
    {
        Next();
        var start = (int)_json.TokenStartIndex;
        if (_json.TokenType == JsonTokenType.Null)
        {
            _spans = _spans with { StreamOptions = Here() };
            return;
        }

        if (_json.TokenType != JsonTokenType.StartObject) throw Invalid("stream_options", "stream_options must be an object.");
        _hasStreamOptions = true;
        _keys.Enter(_json.CurrentDepth);
        while (Next() != JsonTokenType.EndObject)
        {
            _keys.Check(ref _json);
            if (_json.ValueTextEquals("include_usage"u8))
            {
                _includeUsage = Boolean("stream_options.include_usage");
                _spans = _spans with { IncludeUsage = Here() };
            }
            else
            {
                Next();
                Skip();
            }
        }

        _spans = _spans with { StreamOptions = start..(int)_json.BytesConsumed };
    }

    private void ResponseFormat()
    {
        Typed("response_format", "an object", JsonTokenType.StartObject, JsonTokenType.Null, out var span);
        _textBytes += span.End.Value - span.Start.Value;
    }

    private void Metadata()
    {
        Next();
        if (_json.TokenType == JsonTokenType.Null) return;
        if (_json.TokenType != JsonTokenType.StartObject) throw Invalid("metadata", "metadata must be an object.");
        _keys.Enter(_json.CurrentDepth);
        while (Next() != JsonTokenType.EndObject)
        {
            _keys.Check(ref _json);
            if (_json.ValueTextEquals("task"u8)) _task = Text("metadata.task", MaxLabelLength);
            else
            {
                Next();
                Skip();
            }
        }
    }

    private void Unknown()
    {
        if (ForbiddenFields.Contains(_json)) throw Invalid(_json.GetString()!, $"{_json.GetString()} can't be set by a request: the gateway decides where it connects, with which credential and at which price. Remove the field.");
        _namesMore |= Next() is JsonTokenType.String or JsonTokenType.StartObject or JsonTokenType.StartArray;
        var start = _json.TokenStartIndex;
        Skip();

        // Providers have fields of their own that become prompt, such as documents or the older functions.
        _textBytes += (int)(_json.BytesConsumed - start);
    }
}
