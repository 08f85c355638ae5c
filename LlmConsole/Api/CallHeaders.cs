using System.Globalization;
using LlmConsole.Core.Idempotency;
using LlmConsole.Core.Wire;
using Microsoft.Extensions.Primitives;

namespace LlmConsole.Api;

/// <summary>What a client may wish by header.</summary>
/// <param name="Task">A label for cost per task.</param>
/// <param name="Timeout">The most time for the whole call.</param>
/// <param name="IdempotencyKey">The client's own name for this request, under which it may send it again.</param>
internal readonly record struct CallHeaders(string? Task, TimeSpan? Timeout, string? IdempotencyKey)
{
    private const string IdempotencyHeader = "Idempotency-Key";
    private const string Own = "x-llmconsole-";
    private const int MaxTaskLength = 128;
    private const double MaxTimeoutSeconds = 86_400;

    /// <summary>Headers by which other gateways let a caller choose the destination, the credential or the price.</summary>
    private static readonly string[] Forbidden = ["x-portkey-", "x-litellm-", "helicone-", "x-base-url", "api-base", "x-upstream-", "x-target-url"];

    /// <exception cref="RefusalException">A value is wrong, or a header tries to choose what the gateway decides.</exception>
    public static CallHeaders Read(IHeaderDictionary headers)
    {
        string? task = null;
        TimeSpan? timeout = null;
        string? key = null;
        foreach (var (name, values) in headers)
        {
            if (name.StartsWith(Own, StringComparison.OrdinalIgnoreCase))
            {
                if (name.Equals("x-llmconsole-task", StringComparison.OrdinalIgnoreCase)) task = TaskLabel(values.ToString());
                else if (name.Equals("x-llmconsole-timeout", StringComparison.OrdinalIgnoreCase)) timeout = Seconds(values.ToString());
                else throw Invalid(name, $"There is no header {name}. A request can send x-llmconsole-task and x-llmconsole-timeout.");
            }
            else if (name.Equals(IdempotencyHeader, StringComparison.OrdinalIgnoreCase)) key = Key(values);
            else if (Array.Exists(Forbidden, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
                throw Invalid(name, $"{name} can't be set by a request: the gateway decides where it connects, with which credential and at which price. Remove the header.");
        }

        return new CallHeaders(task, timeout, key);
    }

    private static string TaskLabel(string value) =>
        value.Length is > 0 and <= MaxTaskLength ? value : throw Invalid("x-llmconsole-task", $"x-llmconsole-task has 1 to {MaxTaskLength} characters.");

    private static string Key(StringValues values) =>
        values is [{ } key] && IdempotentRequest.IsValidKey(key)
            ? key
            : throw Invalid(IdempotencyHeader, $"{IdempotencyHeader} is sent once, with 1 to {IdempotentRequest.MaxKeyLength} visible ASCII characters and no space, such as a UUID.");

    private static TimeSpan Seconds(string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= MaxTimeoutSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw Invalid("x-llmconsole-timeout", "x-llmconsole-timeout is a number of seconds, more than 0 and at most 86400.");

    private static RefusalException Invalid(string header, string message) => new(ErrorCode.InvalidValue, message, header);
}
