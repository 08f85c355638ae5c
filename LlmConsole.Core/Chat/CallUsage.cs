using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>
/// What the attempts of a call used. Charged is what was delivered: the prompt once, and the output that the caller has. What providers took beyond
/// that, for answers that broke off and were given up or for reading a beginning again, is the operator's loss.
/// </summary>
internal sealed class CallUsage(ChatCall call)
{
    private AnswerUsage? _current;
    private RoutedAnswer? _answer;
    private RoutedAnswer? _keptAnswer;
    private (TokenUsage Usage, UsageSource Source, UsageFlags Flags) _kept;
    private bool _isCharged = true;
    private bool _wasRead;

    public ChatRequest? Request { get; set; }

    /// <summary>Most output tokens of the call over all choices, as asked of providers; none when they were asked for no limit.</summary>
    public long? OutputCap { get; set; }

    /// <summary>Who gave what is charged, last.</summary>
    public RoutedAnswer? Served => _answer is not null && _isCharged ? _answer : _keptAnswer;

    public UsageFlags Flags => (_current?.Flags ?? UsageFlags.None) | _kept.Flags;

    /// <summary>The operator's loss.</summary>
    public Usd Wasted { get; private set; }

    /// <summary>The output of an attempt is read from now on.</summary>
    /// <param name="isCharged">False while it isn't known whether the caller gets anything of it.</param>
    public void Begin(RoutedAnswer answer, bool isCharged = true)
    {
        (_answer, _isCharged, _wasRead) = (answer, isCharged, false);
        _current = new AnswerUsage { OutputCap = OutputCap is { } cap ? Math.Max(0, cap - (isCharged ? _kept.Usage.Output : 0)) : null };
    }

    public AnswerTap Read(ReadOnlySpan<byte> json)
    {
        _wasRead = true;
        return _current!.Read(json, _answer!.ProviderModel);
    }

    public void Take(RoutedAnswer answer)
    {
        _wasRead = true;
        _current!.Take(answer.Whole, answer.Tap, answer.ProviderModel);
    }

    public bool HasExceededCap() => _current!.HasExceededCap();

    public void CutAtCap() => _current!.CutAtCap();

    /// <summary>The attempt has ended, and the caller keeps what it gave.</summary>
    public void Keep()
    {
        var tokens = Tokens();
        SettleAttempt();
        (_kept, _keptAnswer, _answer) = ((tokens.Usage, tokens.Source, Flags), _answer, null);
    }

    /// <summary>The attempt has ended, and the caller has nothing of it.</summary>
    public void Discard()
    {
        if (_answer is null) return;
        var (usage, _) = Settle();
        Wasted += _answer.IsRehearsed ? Usd.Zero : Cost(_answer.Model, usage);
        _answer.Attempt.Usage = usage;
        _current!.Close();
        (_answer, _isCharged) = (null, true);
    }

    /// <summary>An attempt that began anew has said all that the caller has already: it is the answer now, and what was kept is lost.</summary>
    public void Adopt()
    {
        Wasted += _keptAnswer!.IsRehearsed ? Usd.Zero : Cost(_keptAnswer.Model, _kept.Usage);
        (_kept, _keptAnswer, _isCharged) = (default, null, true);
        _current!.OutputCap = OutputCap;
    }

    /// <summary>The tokens that are charged, and where the numbers come from.</summary>
    public (TokenUsage Usage, UsageSource Source) Tokens()
    {
        if (_answer is null || !_isCharged) return (_kept.Usage, _kept.Source);
        var (usage, source) = Settle();
        if (_keptAnswer is null) return (usage, source);
        var together = _kept.Usage with { Output = _kept.Usage.Output + usage.Output, Reasoning = _kept.Usage.Reasoning + usage.Reasoning };
        return (together, source == UsageSource.Provider ? _kept.Source : UsageSource.Estimated);
    }

    /// <summary>What the charged tokens cost by a model's price as of the call's arrival.</summary>
    public Usd CostBy(Model? model) => Served is { IsRehearsed: true } ? Usd.Zero : Cost(model, Tokens().Usage);

    /// <summary>The call has ended: gives memory back.</summary>
    public void Close()
    {
        if (_answer is null) return;
        if (_isCharged) SettleAttempt();
        else Discard();
    }

    private void SettleAttempt()
    {
        if (_answer is null) return;
        var (usage, _) = Settle();
        _answer.Attempt.Usage = usage;
        if (_keptAnswer is not null) Wasted += Cost(_answer.Model, usage with { Output = 0, Reasoning = 0 });
        _current!.Close();
    }

    /// <summary>What is rehearsed uses nothing.</summary>
    private (TokenUsage Usage, UsageSource Source) Settle() => _wasRead && !_answer!.IsRehearsed ? _current!.Settle(Request!) : (default, UsageSource.None);

    private Usd Cost(Model? model, in TokenUsage usage) => Pricing.Cost(model?.PriceAt(call.StartedAt), usage);
}
