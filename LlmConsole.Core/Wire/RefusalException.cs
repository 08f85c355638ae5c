namespace LlmConsole.Core.Wire;

/// <summary>The one exception that says no to a caller. The message tells what happened, why, and what to do; it never holds a secret or a provider's raw answer.</summary>
public sealed class RefusalException(ErrorCode error, string message, string? param = null) : Exception(message)
{
    public ErrorCode Error { get; } = error;

    /// <summary>The field as sent, such as <c>messages[0].content</c>.</summary>
    public string? Param { get; } = param;

    /// <summary>When trying again makes sense; sent as whole seconds, at least one.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Where the caller stands, on a refusal by a limit and of a call that was admitted before it failed.</summary>
    public LimitReport? Limits { get; set; }

    /// <summary>What was delivered and is charged, when the answer broke off after it began.</summary>
    public PartialAnswer? Partial { get; init; }

    /// <summary>The names of every problem, where one message isn't enough (forms and admin API).</summary>
    public IReadOnlyList<(string Field, string Message)> Details { get; init; } = [];
}

/// <summary>The part of an answer that the caller has.</summary>
/// <param name="Cost">What it is charged.</param>
public sealed record PartialAnswer(TokenUsage Usage, Usd Cost);
