using System.Globalization;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Idempotency;
using LlmConsole.Core.Wire;
using Microsoft.Extensions.Primitives;

namespace LlmConsole.Api;

/// <summary>What a client may wish by header.</summary>
/// <param name="Task">A label for cost per task.</param>
/// <param name="Timeout">The most time for the whole call.</param>
/// <param name="IdempotencyKey">The client's own name for this request, under which it may send it again.</param>
/// <param name="Cache">What it wants of the cache.</param>
/// <param name="CacheTtl">How old an answer from the cache may be, and how long this one may be kept.</param>
internal readonly record struct CallHeaders(string? Task, TimeSpan? Timeout, string? IdempotencyKey, CacheWish Cache, TimeSpan? CacheTtl)
{
    private const string IdempotencyHeader = "Idempotency-Key";
    private const string Own = "x-llmconsole-";
    private const int MaxTaskLength = 128;
    private const double MaxTimeoutSeconds = 86_400;
    private const string CacheHeader = "x-llmconsole-cache";
    private const string CacheTtlHeader = "x-llmconsole-cache-ttl";

    /// <summary>Headers by which other gateways let a caller choose the destination, the credential or the price.</summary>
    private static readonly string[] Forbidden = ["x-portkey-", "x-litellm-", "helicone-", "x-base-url", "api-base", "x-upstream-", "x-target-url"];

    /// <exception cref="RefusalException">A value is wrong, or a header tries to choose what the gateway decides.</exception>
    public static CallHeaders Read(IHeaderDictionary headers)
    {
        string? task = null;
        TimeSpan? timeout = null;
        string? key = null;
        var cache = CacheWish.AsConfigured;
        TimeSpan? ttl = null;
        foreach (var (name, values) in headers)
        {
            if (name.StartsWith(Own, StringComparison.OrdinalIgnoreCase))
            {
                if (name.Equals("x-llmconsole-task", StringComparison.OrdinalIgnoreCase)) task = TaskLabel(values.ToString());
                else if (name.Equals("x-llmconsole-timeout", StringComparison.OrdinalIgnoreCase)) timeout = Seconds(values.ToString());
                else if (name.Equals(CacheHeader, StringComparison.OrdinalIgnoreCase)) cache = Wish(values.ToString());
                else if (name.Equals(CacheTtlHeader, StringComparison.OrdinalIgnoreCase)) ttl = Ttl(values.ToString());
                else throw Invalid(name, $"There is no header {name}. A request can send x-llmconsole-task, x-llmconsole-timeout, {CacheHeader} and {CacheTtlHeader}.");
            }
            else if (name.Equals(IdempotencyHeader, StringComparison.OrdinalIgnoreCase)) key = Key(values);
            else if (IsForbidden(name))
                throw Invalid(name, $"{name} can't be set by a request: the gateway decides where it connects, with which credential and at which price. Remove the header.");
        }

        return new CallHeaders(task, timeout, key, cache, ttl);
    }

    private static bool IsForbidden(string name)
    {
        foreach (var prefix in Forbidden)
        {
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    private static string TaskLabel(string value) =>
        value.Length is > 0 and <= MaxTaskLength ? value : throw Invalid("x-llmconsole-task", $"x-llmconsole-task has 1 to {MaxTaskLength} characters.");

    private static string Key(StringValues values) =>
        values is [{ } key] && IdempotentRequest.IsValidKey(key)
            ? key
            : throw Invalid(IdempotencyHeader, $"{IdempotencyHeader} is sent once, with 1 to {IdempotentRequest.MaxKeyLength} visible ASCII characters and no space, such as a UUID.");

    private static CacheWish Wish(string value) => value switch
    {
        "bypass" => CacheWish.Bypass,
        "refresh" => CacheWish.Refresh,
        "only" => CacheWish.Only,
        _ => throw Invalid(CacheHeader, $"{CacheHeader} is bypass, refresh or only."),
    };

    private static TimeSpan Ttl(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 1 and <= ExactCachePolicy.MaxTtlSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw Invalid(CacheTtlHeader, $"{CacheTtlHeader} is a whole number of seconds, at least 1 and at most {ExactCachePolicy.MaxTtlSeconds}.");

    private static TimeSpan Seconds(string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= MaxTimeoutSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw Invalid("x-llmconsole-timeout", "x-llmconsole-timeout is a number of seconds, more than 0 and at most 86400.");

    private static RefusalException Invalid(string header, string message) => new(ErrorCode.InvalidValue, message, header);
}
