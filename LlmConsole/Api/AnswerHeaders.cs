using System.Globalization;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Wire;

namespace LlmConsole.Api;

/// <summary>The response headers that tell of an answer and of the caller's limits.</summary>
internal static class AnswerHeaders
{
    private const int WindowSeconds = 60;

    public static void Write(IHeaderDictionary headers, in AnswerHead head)
    {
        headers["x-llmconsole-model"] = head.ModelServed;
        headers["x-llmconsole-cache"] = head.Cache.ToString().ToLowerInvariant();
        headers["x-llmconsole-attempts"] = head.Attempts.ToString(CultureInfo.InvariantCulture);
        if (head.Cost is { } cost) headers["x-llmconsole-cost"] = cost.ToInvariant();
        if (head.ReplayOf is { } original)
        {
            headers["x-llmconsole-idempotent-replay"] = "true";
            headers["x-llmconsole-original-request-id"] = original;
        }

        Write(headers, head.Limits);
    }

    /// <summary><c>x-ratelimit-*</c> as OpenAI sends them, and the IETF draft's <c>RateLimit</c> pair.</summary>
    public static void Write(IHeaderDictionary headers, LimitReport limits)
    {
        if (limits.Requests is { } requests) Window(headers, "requests", requests);
        if (limits.Tokens is { } tokens) Window(headers, "tokens", tokens);
        if (limits.Requests is null && limits.Tokens is null) return;
        headers["RateLimit-Policy"] = Joined(limits, static (name, window) => $"\"{name}\";q={window.Limit};w={WindowSeconds}");
        headers["RateLimit"] = Joined(limits, static (name, window) => $"\"{name}\";r={window.Remaining};t={(long)Math.Ceiling(window.Reset.TotalSeconds)}");
    }

    private static void Window(IHeaderDictionary headers, string unit, LimitWindow window)
    {
        headers[$"x-ratelimit-limit-{unit}"] = window.Limit.ToString(CultureInfo.InvariantCulture);
        headers[$"x-ratelimit-remaining-{unit}"] = window.Remaining.ToString(CultureInfo.InvariantCulture);
        headers[$"x-ratelimit-reset-{unit}"] = GoDuration(window.Reset);
    }

    private static string Joined(LimitReport limits, Func<string, LimitWindow, string> item) =>
        string.Join(", ", new[] { limits.Requests is { } requests ? item("rpm", requests) : null, limits.Tokens is { } tokens ? item("tpm", tokens) : null }.OfType<string>());

    /// <summary>As Go prints durations: <c>12ms</c>, <c>41s</c>, <c>6m0s</c>.</summary>
    internal static string GoDuration(TimeSpan time) =>
        time < TimeSpan.FromSeconds(1) ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalMilliseconds}ms")
        : time < TimeSpan.FromMinutes(1) ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###}s")
        : string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalMinutes}m{time.Seconds}s");
}
