using System.Globalization;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Jobs;

/// <summary>A job as a caller asks for it, without its requests.</summary>
public sealed record JobDraft
{
    public const int MaxTaskLength = 128;

    public required JobType Type { get; init; }

    /// <summary>The name of its pipeline, where it has one.</summary>
    public string? Pipeline { get; init; }
    public string? Task { get; init; }
    public Usd? SpendLimit { get; init; }

    /// <summary>The id or the URL of one of the tenant's webhook endpoints, to be told of the end.</summary>
    public string? Webhook { get; init; }
    public TimeSpan ExpiresAfter { get; init; } = JobOptions.DefaultExpiry;

    /// <exception cref="RefusalException">A value is out of its bounds.</exception>
    public JobDraft Checked()
    {
        if (Task is { Length: 0 or > MaxTaskLength } || Task?.Contains('\0', StringComparison.Ordinal) == true) throw Invalid("task", $"task has 1 to {MaxTaskLength} characters, without NUL.");
        if (SpendLimit is { Nanos: <= 0 }) throw Invalid("spendLimitUsd", "spendLimitUsd is more than 0. Leave it out for no limit of the job's own.");
        if (ExpiresAfter < TimeSpan.FromSeconds(1) || ExpiresAfter > JobOptions.LongestExpiry)
            throw Invalid("expiresAfterSeconds", string.Create(CultureInfo.InvariantCulture, $"expiresAfterSeconds is a whole number between 1 and {JobOptions.LongestExpiry.TotalSeconds}."));
        return this;
    }

    internal static RefusalException Invalid(string param, string message) => new(ErrorCode.InvalidValue, message, param);
}
