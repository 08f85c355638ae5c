using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Metering;

/// <summary>
/// What an answer used: the provider's numbers where they can be true, the gateway's own count where they are missing or can't. Text is only kept
/// until the provider has said its number, at most <see cref="KeptBytes"/> at a time.
/// </summary>
internal sealed class AnswerUsage
{
    /// <summary>The longest prompt that a model of today reads. A provider may truly count more than was sent: files by id, searches of its own.</summary>
    private const long LargestPrompt = 2_000_000;

    /// <summary>What a provider may put before a prompt that names nothing beside itself: instructions, examples.</summary>
    private const long HiddenPrompt = 32_768;

    /// <summary>The longest answer that a model of today gives, hidden reasoning included.</summary>
    private const long LargestAnswer = 131_072;

    private const int KeptBytes = 64 * 1024;
    private const int FewBytes = 64;

    private readonly OutputText _text = new();
    private ReadOnlyMemory<byte> _whole;
    private byte[] _plainBytes = [];
    private PlainChunk _plain;
    private TokenCounter? _counter;
    private TokenUsage? _usage;
    private long? _saidInput;
    private long? _saidOutput;
    private bool _isDistorted;
    private bool _isCut;
    private long _bytes;
    private long _bytesSinceSaid;
    private long _counted;
    private long? _input;

    public UsageFlags Flags { get; private set; }

    /// <summary>Most output tokens over all choices, as asked of the provider; none when the provider was asked for no limit.</summary>
    public long? OutputCap { get; set; }

    /// <summary>A chunk passes by.</summary>
    public AnswerTap Read(ReadOnlySpan<byte> json, string providerModel)
    {
        _counter ??= TokenCounter.For(providerModel);
        var tap = Tap(json);
        Add(tap);
        if (_text.Length >= KeptBytes) CountText();
        return tap;
    }

    /// <summary>A whole completion was read; its text is only looked at again when it must be counted.</summary>
    public void Take(ReadOnlyMemory<byte> whole, in AnswerTap tap, string providerModel)
    {
        (_counter, _whole) = (TokenCounter.For(providerModel), whole);
        Add(tap);
    }

    private void Add(in AnswerTap tap)
    {
        if (!tap.IsValid || tap.HasError) return;
        _bytes += tap.OutputBytes;
        if (tap.HasUsage)
        {
            (_usage, _saidInput, _saidOutput, _bytesSinceSaid) = (tap.Usage, tap.SaidInput, tap.SaidOutput, 0);
            _isDistorted |= tap.IsUsageDistorted;
        }
        else _bytesSinceSaid += tap.OutputBytes;
    }

    private AnswerTap Tap(ReadOnlySpan<byte> json)
    {
        if (_plain.TextOf(json, out var text)) return AnswerTap.OfPlain(text, _text);
        var tap = AnswerTap.Read(json, _text);
        if (tap.PlainText.End.Value == 0) return tap;

        // The bytes are the reader's: they change with the next event.
        if (_plainBytes.Length < json.Length) _plainBytes = new byte[json.Length * 2];
        json.CopyTo(_plainBytes);
        _plain = PlainChunk.Of(_plainBytes.AsMemory(0, json.Length), tap.PlainText);
        return tap;
    }

    /// <summary>
    /// True once the model has certainly produced more than it was allowed to. Vocabularies differ, so a quarter more than the cap is let pass before a
    /// count is believed over the provider; the caller isn't charged for it.
    /// </summary>
    public bool HasExceededCap()
    {
        if (OutputCap is not { } cap) return false;
        var tolerated = cap + (cap / 4) + FewBytes;
        if (_bytes <= tolerated || _counted + _text.Length <= tolerated || _text.Length < FewBytes) return false;
        CountText();
        return _counted > tolerated;
    }

    /// <summary>The gateway ended the answer at the cap.</summary>
    public void CutAtCap() => _isCut = true;

    /// <summary>The tokens as they go into the books, and where they come from.</summary>
    public (TokenUsage Usage, UsageSource Source) Settle(ChatRequest request)
    {
        Flags = _isCut ? UsageFlags.CappedByReservation : UsageFlags.None;
        var isPlausible = _saidInput is not { } input || input <= MostInput(request);
        var saysInput = _saidInput > 0 && isPlausible;
        var saysOutput = request.Surface == Surface.Embeddings || _saidOutput > 0 || (_saidOutput == 0 && _bytes == 0);
        if ((!saysInput && isPlausible) || !saysOutput) Flags |= UsageFlags.MissingUsage;
        if (_isDistorted || !isPlausible) Flags |= UsageFlags.Clamped;
        var usage = Input(request, saysInput) with { Output = saysOutput ? SaidOutput(_saidOutput ?? 0) : CountedOutput() };
        var most = OutputCap ?? _bytes + (LargestAnswer * request.Choices);
        if (usage.Output > most)
        {
            usage = usage with { Output = most };
            if (saysOutput) Flags |= UsageFlags.Clamped;
        }

        usage = usage with { Reasoning = Math.Min(usage.Reasoning, usage.Output) };
        return (usage, saysInput && saysOutput ? UsageSource.Provider : UsageSource.Estimated);
    }

    private TokenUsage Input(ChatRequest request, bool saysInput)
    {
        if (saysInput) return _usage ?? new TokenUsage(_saidInput!.Value, 0, 0, 0);
        _input ??= PromptTokens.Count(request, _counter!);
        return new TokenUsage(_input.Value, 0, 0, _usage?.Reasoning ?? 0);
    }

    /// <summary>The most that the prompt can have come to with the provider.</summary>
    private static long MostInput(ChatRequest request) =>
        request.NamesMore || request.Native is not null ? Math.Max(LargestPrompt, request.PromptUpperBound) : request.PromptUpperBound + HiddenPrompt;

    /// <summary>A number that came before the end of the text says too little, or nothing at all.</summary>
    private long SaidOutput(long said)
    {
        if (_bytesSinceSaid == 0) return said;
        Flags |= UsageFlags.EarlyUsage;
        return Math.Max(said, CountedOutput());
    }

    private long CountedOutput()
    {
        CountText();
        return _counted;
    }

    private void CountText()
    {
        if (!_whole.IsEmpty) AnswerTap.Read(_whole.Span, _text);
        _whole = default;
        if (_text.Length > 0) _counted += _counter!.Count(_text.Span);
        _text.Clear();
    }

    /// <summary>The call has ended: gives memory back.</summary>
    public void Close()
    {
        _text.Release();
        _whole = default;
    }
}
