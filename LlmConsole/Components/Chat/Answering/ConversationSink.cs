using System.Text;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Wire;

namespace LlmConsole.Components.Chat.Answering;

/// <summary>
/// Collects the text of an answer for the chat page. Whoever shows it is told of news at a pace that a browser can follow: the
/// longer the text, the slower, because each piece of news makes the page read the text anew.
/// </summary>
internal sealed class ConversationSink : IAnswerSink, IDisposable
{
    private static readonly TimeSpan ShortestPace = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan LongestPace = TimeSpan.FromMilliseconds(400);
    private const int CharactersPerMillisecond = 64;

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private string? _built = "";
    private long _signalledAt;
    private bool _hasNews;
    private bool _isSignalDue;

    public ConversationSink(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(_ => Signal(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>More text has arrived. Raised on a thread of the pool.</summary>
    public event Action? Changed;

    /// <summary>The public model name, once the answer is committed.</summary>
    public string? ModelServed { get; private set; }

    /// <summary>The answer is whole and stands in the books.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Why the answer broke off after it had begun.</summary>
    public RefusalException? Failure { get; private set; }

    public string Text
    {
        get
        {
            lock (_lock) return _built ??= _text.ToString();
        }
    }

    public void Begin(in AnswerHead head) => ModelServed = head.ModelServed;

    public void Write(ReadOnlySpan<byte> json)
    {
        lock (_lock)
        {
            if (!AnswerText.Append(json, _text)) return;
            _built = null;
            _hasNews = true;
        }
    }

    public void End() => IsComplete = true;

    public void Fail(RefusalException refusal) => Failure = refusal;

    public ValueTask<bool> FlushAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_hasNews && !_isSignalDue)
            {
                _isSignalDue = true;
                var wait = Pace(_text.Length) - _time.GetElapsedTime(_signalledAt);
                _timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            }
        }

        return ValueTask.FromResult(true);
    }

    public void Dispose() => _timer.Dispose();

    private static TimeSpan Pace(int length)
    {
        var pace = TimeSpan.FromMilliseconds((double)length / CharactersPerMillisecond);
        return pace < ShortestPace ? ShortestPace : pace > LongestPace ? LongestPace : pace;
    }

    private void Signal()
    {
        lock (_lock)
        {
            _hasNews = _isSignalDue = false;
            _signalledAt = _time.GetTimestamp();
        }

        Changed?.Invoke();
    }
}
