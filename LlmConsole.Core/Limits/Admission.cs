using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Limits;

/// <summary>
/// What one call was given: a slot until its answer has ended, and its worst case until its true consumption is in the books. Each is given
/// back once.
/// </summary>
public sealed class Admission
{
    private readonly TenantBook _book;
    private bool _isReleased;
    private bool _isSettled;

    internal Admission(TenantBook book, (LimitScope Scope, ScopeBook Book)[] scopes, string requestId, DateTimeOffset at, long second)
    {
        _book = book;
        Scopes = scopes;
        RequestId = requestId;
        At = at;
        Second = second;
    }

    /// <summary>The output tokens per choice to ask for, where that differs from what the request says.</summary>
    public int? OutputCap { get; init; }

    /// <summary>Where the caller stands with its limits, this call included.</summary>
    public LimitReport Report { get; init; } = LimitReport.Unlimited;
    public DateTimeOffset At { get; }
    internal (LimitScope Scope, ScopeBook Book)[] Scopes { get; }
    internal string RequestId { get; }
    internal long Second { get; }
    internal Reservation[] Reservations { get; init; } = [];
    internal long ReservedTokens { get; init; }

    /// <summary>A budget affords less output than was wanted.</summary>
    public bool IsLowered { get; init; }

    /// <summary>Gives everything back, as if the call had never come.</summary>
    public void Cancel()
    {
        if (_isReleased || _isSettled) return;
        _isReleased = _isSettled = true;
        _book.Cancel(this);
    }

    /// <summary>The answer has ended: the slot is free.</summary>
    public void Release()
    {
        if (_isReleased) return;
        _isReleased = true;
        _book.Release(this);
    }

    /// <summary>The call stands in the books: what was reserved beyond its consumption is free.</summary>
    public void Settle(in Consumption actual)
    {
        Release();
        if (_isSettled) return;
        _isSettled = true;
        _book.Settle(this, actual);
    }
}
