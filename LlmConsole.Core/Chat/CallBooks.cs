using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>What the road learns of a call, and the one usage record that it becomes.</summary>
internal sealed class CallBooks(ChatCall call, TimeProvider time)
{
    private ChatRequest? _request;
    private RoutedAnswer? _answer;
    private readonly AnswerUsage _usage = new();
    private TimeSpan? _firstToken;
    private UInt128 _finishedChoices;
    private string? _finishReason;
    private bool _isMalformed;
    private bool _isClosed;

    public int Attempts { get; private set; }

    /// <summary>A status and possibly a body went out.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>The model's last word was seen.</summary>
    public bool IsFinished => _finishReason is not null;

    /// <summary>The public name of the model that answers: for a pattern, the name that was asked for.</summary>
    public string? ModelServed => _answer is null ? null : _answer.Model.IsPattern ? _request!.Model : _answer.Model.Name;

    public ChatRequest Read(ChatRequest request) => _request = request;

    /// <summary>What the limits gave the call, once it is admitted.</summary>
    public Admission? Admission { get; private set; }

    public Admission Admitted(Admission admission)
    {
        // Beyond what is asked of the provider a stream is ended, and nothing is charged.
        _usage.OutputCap = (long?)(admission.OutputCap ?? _request!.MaxOutputTokens) * _request!.Choices;
        return Admission = admission;
    }

    public void Attempted() => Attempts++;

    public RoutedAnswer Answering(RoutedAnswer answer) => _answer = answer;

    public void Began() => HasBegun = true;

    /// <summary>True when the model goes on beyond its cap, with choices still open.</summary>
    public bool MustBeCut => OpenChoices != 0 && _usage.HasExceededCap();

    /// <summary>The choices, as bits, without a finish reason.</summary>
    public UInt128 OpenChoices => (UInt128.MaxValue >> (128 - _request!.Choices)) & ~_finishedChoices;

    /// <summary>The gateway ended the answer at its cap.</summary>
    public void Cut()
    {
        _usage.CutAtCap();
        _finishReason = "length";
    }

    /// <summary>Reads a chunk or completion that passes by.</summary>
    public AnswerTap Saw(ReadOnlySpan<byte> json)
    {
        var tap = _usage.Read(json, _answer!.ProviderModel);
        _isMalformed |= !tap.IsValid;
        if (!tap.IsValid || tap.HasError) return tap;
        if (tap.OutputBytes > 0 && _firstToken is null) _firstToken = time.GetElapsedTime(call.StartedTimestamp);
        _finishedChoices |= tap.FinishedChoices;
        _finishReason = tap.FinishReason ?? _finishReason;
        return tap;
    }

    /// <summary>The tokens: the provider's numbers, else a count of what was produced. Nothing was used while no provider began to answer.</summary>
    public (TokenUsage Usage, UsageSource Source) Tokens() =>
        _answer is null || _request is null ? (default, UsageSource.None) : _usage.Settle(_request);

    /// <summary>What the call costs by the price of the model that served, as of the call's arrival.</summary>
    public Usd Cost() => Pricing.Cost(_answer?.Model.PriceAt(call.StartedAt), Tokens().Usage);

    /// <summary>True the first time.</summary>
    public bool TryClose() => !_isClosed && (_isClosed = true);

    public UsageRecord Ended(Outcome outcome, int status, ErrorCode? error = null)
    {
        var (usage, source) = Tokens();
        _usage.Close();
        return new UsageRecord
        {
            RequestId = call.RequestId,
            StartedAt = call.StartedAt,
            TenantId = call.Caller.Tenant.Id,
            KeyId = call.Caller.Key?.Id,
            UserId = call.Caller.UserId,
            Task = call.Task ?? _request?.Task,
            ModelAsked = _request?.Model ?? "",
            ModelServed = ModelServed,
            ProviderId = _answer?.Provider.Id,
            ProviderModel = _answer?.ProviderModel,
            Attempts = Attempts,
            Stream = _request?.Stream ?? false,
            Cache = CacheVerdict.Bypass,
            Outcome = outcome,
            Status = status,
            ErrorCode = error?.Code,
            FinishReason = _finishReason,
            InputTokens = usage.Input,
            CachedInputTokens = usage.CachedInput,
            CacheWriteTokens = usage.CacheWrite,
            OutputTokens = usage.Output,
            ReasoningTokens = usage.Reasoning,
            UsageSource = source,
            Flags = _usage.Flags | (_isMalformed ? UsageFlags.MalformedChunk : UsageFlags.None),
            PriceVersion = _answer?.Model.PriceAt(call.StartedAt)?.Version,
            Cost = Cost(),
            FirstTokenMs = _firstToken?.TotalMilliseconds,
            DurationMs = time.GetElapsedTime(call.StartedTimestamp).TotalMilliseconds,
        };
    }
}
