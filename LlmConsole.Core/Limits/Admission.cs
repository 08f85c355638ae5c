using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Limits;

/// <summary>
/// What one call was given: a slot until its answer has ended, and its worst case until its true consumption is in the books. Each is given
/// back once. What this process gave can't outlive it; what Redis gave ends with a lease that is renewed while the call runs.
/// </summary>
public sealed class Admission
{
    private readonly TenantBook _book;
    private bool _isReleased;
    private bool _isSettled;

    internal Admission(TenantBook book, LimitPlan plan, (LimitScope Scope, ScopeBook Book)[] scopes, string requestId, DateTimeOffset at, long second)
    {
        _book = book;
        Scopes = scopes;
        Unlimited = plan.Unlimited;
        RequestId = requestId;
        At = at;
        Second = second;
    }

    /// <summary>The output tokens per choice to ask for, where that differs from what the request says.</summary>
    public int? OutputCap { get; private set; }

    /// <summary>Where the caller stands with its limits, this call included.</summary>
    public LimitReport Report { get; internal set; } = LimitReport.Unlimited;
    public DateTimeOffset At { get; }
    internal (LimitScope Scope, ScopeBook Book)[] Scopes { get; }

    /// <inheritdoc cref="LimitPlan.Unlimited"/>
    internal (ScopeKind Kind, string Id)[] Unlimited { get; }
    internal string RequestId { get; }
    internal long Second { get; }
    internal Reservation[] Reservations { get; private set; } = [];
    internal long ReservedTokens { get; private set; }

    /// <summary>A budget affords less output than was wanted.</summary>
    public bool IsLowered { get; private set; }

    /// <summary>Where Redis holds this call, beside this process.</summary>
    internal RedisTenant? Shared { get; set; }

    internal void Grant(int? outputCap, bool isLowered, Reservation[] reservations, long tokens) =>
        (OutputCap, IsLowered, Reservations, ReservedTokens) = (outputCap, isLowered, reservations, tokens);

    /// <summary>Gives everything back, as if the call had never come.</summary>
    public ValueTask CancelAsync()
    {
        if (_isReleased || _isSettled) return ValueTask.CompletedTask;
        _isReleased = _isSettled = true;
        _book.Cancel(this);
        return Shared is { } shared ? shared.CancelAsync(this) : ValueTask.CompletedTask;
    }

    /// <summary>The answer has ended: the slot is free. In Redis it is freed by <see cref="SettleAsync"/>, in the same step.</summary>
    public void Release()
    {
        if (_isReleased) return;
        _isReleased = true;
        _book.Release(this);
    }

    /// <summary>The call stands in the books: what was reserved beyond its consumption is free.</summary>
    public ValueTask SettleAsync(in Consumption actual)
    {
        Release();
        if (_isSettled) return ValueTask.CompletedTask;
        _isSettled = true;
        _book.Settle(this, actual);
        return Shared is { } shared ? shared.SettleAsync(this, actual) : ValueTask.CompletedTask;
    }
}
