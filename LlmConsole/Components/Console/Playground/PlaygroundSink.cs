using System.Globalization;
using System.Text;
using LlmConsole.Components.Chat.Answering;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Wire;

namespace LlmConsole.Components.Console.Playground;

/// <summary>Takes an answer for the playground: its text at the pace of a page, and the bytes as a client of the API would get them.</summary>
internal sealed class PlaygroundSink(string requestId, TimeProvider time) : IAnswerSink, IDisposable
{
    /// <summary>So many characters are shown; a longer answer is for a client to read.</summary>
    public const int MostRaw = 400_000;

    private readonly ConversationSink _text = new(time);
    private readonly StringBuilder _raw = new();
    private readonly Lock _lock = new();
    private bool _isStream;

    /// <summary>More text has arrived. Raised on a thread of the pool.</summary>
    public event Action? Changed
    {
        add => _text.Changed += value;
        remove => _text.Changed -= value;
    }

    public string Text => _text.Text;

    /// <summary>The answer is whole and stands in the books.</summary>
    public bool IsComplete => _text.IsComplete;

    /// <summary>Why the answer broke off after it had begun.</summary>
    public RefusalException? Failure => _text.Failure;

    /// <summary>Status, headers and body, as far as they have come.</summary>
    public string Raw
    {
        get
        {
            lock (_lock) return _raw.Length <= MostRaw ? _raw.ToString() : $"{_raw.ToString(0, MostRaw)}\n… cut here";
        }
    }

    public void Begin(in AnswerHead head)
    {
        _text.Begin(head);
        _isStream = head.Stream;
        lock (_lock)
        {
            _raw.Append(CultureInfo.InvariantCulture, $"HTTP 200\nContent-Type: {(head.Stream ? "text/event-stream; charset=utf-8" : "application/json")}\nx-request-id: {requestId}\n");
            _raw.Append(CultureInfo.InvariantCulture, $"x-llmconsole-model: {head.ModelServed}\nx-llmconsole-cache: {head.Cache.ToString().ToLowerInvariant()}\nx-llmconsole-attempts: {head.Attempts}\n");
            if (head.Cost is { } cost) _raw.Append(CultureInfo.InvariantCulture, $"x-llmconsole-cost: {cost.ToInvariant()}\n");
            _raw.Append('\n');
        }
    }

    public void Write(ReadOnlySpan<byte> json)
    {
        _text.Write(json);
        var text = Encoding.UTF8.GetString(json);
        Append(_isStream ? $"data: {text}\n\n" : text);
    }

    public void End()
    {
        if (_isStream) Append("data: [DONE]\n\n");
        _text.End();
    }

    public void Fail(RefusalException refusal)
    {
        Append($"data: {PlaygroundError.Body(refusal, requestId)}\n\n");
        _text.Fail(refusal);
    }

    /// <summary>There is no answer but this.</summary>
    public void Refuse(RefusalException refusal) => Append($"HTTP {refusal.Error.Status}\nContent-Type: application/json\nx-request-id: {requestId}\n\n{PlaygroundError.Body(refusal, requestId)}");

    public ValueTask<bool> FlushAsync(CancellationToken cancellation) => _text.FlushAsync(cancellation);

    public void Dispose() => _text.Dispose();

    private void Append(string text)
    {
        lock (_lock)
        {
            if (_raw.Length <= MostRaw) _raw.Append(text);
        }
    }
}
