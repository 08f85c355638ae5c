using System.Globalization;
using LlmConsole.Core;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Wire;

namespace LlmConsole.Api.Jobs;

/// <summary>What the query string says of a job.</summary>
internal static class JobQuery
{
    private const string DryRun = "dryRun";

    /// <summary>Whose job it is, when an administrator submits it.</summary>
    public static readonly string[] Ownership = ["tenant", "key"];

    /// <summary>Whether the job shall only be checked and estimated.</summary>
    /// <exception cref="RefusalException">It is neither true nor false.</exception>
    public static bool IsDryRun(HttpRequest request) =>
        request.Query[DryRun] is not [var text] || text is null ? false : bool.TryParse(text, out var dry) ? dry : throw Invalid(DryRun, "dryRun is true or false.");

    /// <summary>The rest of a batch that is uploaded as lines.</summary>
    /// <exception cref="RefusalException">A parameter isn't known or wrong.</exception>
    public static JobDraft Read(HttpRequest request, string? task, bool isOwned)
    {
        var draft = new JobDraft { Type = JobType.Batch, Task = task };
        foreach (var (name, values) in request.Query)
        {
            draft = name switch
            {
                DryRun => draft,
                _ when isOwned && Ownership.Contains(name) => draft,
                "type" => values == "batch" ? draft : throw Invalid(name, "What is uploaded as lines is a batch."),
                "task" => draft with { Task = values.ToString() },
                "webhook" => draft with { Webhook = values.ToString() },
                "spendLimitUsd" => draft with { SpendLimit = Money(values.ToString()) },
                "expiresAfterSeconds" => draft with { ExpiresAfter = Expiry(values.ToString()) },
                _ => throw Invalid(name, $"There is no parameter {name} here. Leave it out, or check its spelling."),
            };
        }

        return draft;
    }

    public static Usd Money(string text)
    {
        try
        {
            return Usd.FromDollars(decimal.Parse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent, CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw Invalid("spendLimitUsd", "spendLimitUsd is a number of dollars with at most nine decimals.");
        }
    }

    public static TimeSpan Expiry(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : throw Invalid("expiresAfterSeconds", "expiresAfterSeconds is a whole number of seconds.");

    private static RefusalException Invalid(string param, string message) => new(ErrorCode.InvalidValue, message, param);
}
