using System.Text;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>
/// Goes on with an answer that broke off, from another target's. A target that was given the beginning says the rest; any other begins anew, and what
/// it says is held back until it has said, byte for byte, what the reader has. The first byte that differs ends the try.
/// </summary>
internal sealed class Continuation(DeliveredText delivered, RoutedAnswer answer, CallBooks books, IAnswerSink sink, EventPump pump)
{
    /// <summary>A rest that begins with as much of the beginning as this is the beginning said again, not a coincidence.</summary>
    private const int ProvenEcho = 16;

    private readonly OwnChunks _chunks = new(delivered.Chunk);
    private readonly byte[] _beginning = delivered.Bytes.ToArray();
    private readonly StringBuilder _heldBack = new();
    private bool _isMatching = !answer.IsContinuation || delivered.Bytes.Length >= ProvenEcho;
    private int _matched;
    private int _malformed;
    private string? _finishReason;

    /// <summary>The reader was given something of it.</summary>
    public bool HasDelivered { get; private set; }

    /// <returns>Whether the answer is complete now.</returns>
    public async Task<bool> RunAsync()
    {
        var broken = await pump.RunAsync(answer, Pass, () => _finishReason is not null);
        if (broken is not null) return false;
        if (_isMatching && !answer.IsContinuation && _matched < _beginning.Length)
        {
            answer.Leave();
            return false;
        }

        if (_isMatching) Say(_heldBack.ToString());
        sink.Write(_chunks.Finish(_finishReason ?? "stop"));
        return true;
    }

    private PumpStep Pass(ReadOnlyMemory<byte> data)
    {
        var chunk = data.Span;
        var tap = books.Saw(chunk);
        if (tap.HasError) return PumpStep.Broken;
        if (!tap.IsValid) return ++_malformed > SseEvent.ToleratedMalformed ? PumpStep.Broken : PumpStep.Go;
        if (tap.HasOtherOutput || (tap.OutputBytes > 0 && !(DeliveredText.TextOf(chunk) is { } text && Hear(text)))) return PumpStep.Leave;
        _finishReason = tap.FinishReason ?? _finishReason;
        if (!books.MustBeCut) return PumpStep.Go;
        books.Cut();
        _finishReason = "length";
        return PumpStep.Stop;
    }

    /// <summary>False when it says something else than what the reader has.</summary>
    private bool Hear(string text)
    {
        if (!_isMatching)
        {
            Say(text);
            return true;
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        var common = Math.Min(bytes.Length, _beginning.Length - _matched);
        if (!bytes.AsSpan(0, common).SequenceEqual(_beginning.AsSpan(_matched, common))) return Differs(text);
        _matched += common;
        if (answer.IsContinuation) _heldBack.Append(text);
        if (_matched < _beginning.Length) return true;
        _isMatching = false;
        books.Adopt();
        Say(Encoding.UTF8.GetString(bytes.AsSpan(common)));
        return true;
    }

    /// <summary>The rest of an answer may begin like the whole; a whole that differs is another answer.</summary>
    private bool Differs(string text)
    {
        if (!answer.IsContinuation) return false;
        _isMatching = false;
        Say(_heldBack + text);
        return true;
    }

    private void Say(string text)
    {
        if (text.Length == 0) return;
        HasDelivered = true;
        sink.Write(_chunks.Text(text));
        delivered.Add(text);
    }
}
