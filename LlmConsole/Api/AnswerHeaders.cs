using System.Globalization;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;

namespace LlmConsole.Api;

/// <summary>The response headers that tell of an answer and of the caller's limits.</summary>
internal static class AnswerHeaders
{
    private const int WindowSeconds = 60;
    private static readonly string[] Seconds = [.. Enumerable.Range(0, WindowSeconds).Select(second => string.Create(CultureInfo.InvariantCulture, $"{second}s"))];

    private static LimitPolicy? _policy;

    public static void Write(IHeaderDictionary headers, in AnswerHead head)
    {
        headers["x-llmconsole-model"] = Visible(head.ModelServed);
        headers["x-llmconsole-cache"] = Name(head.Cache);
        headers["x-llmconsole-attempts"] = head.Attempts.ToString(CultureInfo.InvariantCulture);
        if (head.Cost is { } cost) headers["x-llmconsole-cost"] = cost.ToInvariant();

        // A clock that was set back doesn't make an answer younger than new.
        if (head.Age is { } age) headers.Age = Math.Max(0, (long)age.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (head.ReplayOf is { } original)
        {
            headers["x-llmconsole-idempotent-replay"] = "true";
            headers["x-llmconsole-original-request-id"] = original;
        }

        Write(headers, head.Limits);
    }

    /// <summary>As it is, where a header can hold it; else percent-encoded, as in a URL: models may be named in any letters.</summary>
    private static string Visible(string text) => text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? Uri.EscapeDataString(text) : text;

    /// <summary><c>x-ratelimit-*</c> as OpenAI sends them, and the IETF draft's <c>RateLimit</c> pair.</summary>
    public static void Write(IHeaderDictionary headers, LimitReport limits)
    {
        var (requests, tokens) = (limits.Requests, limits.Tokens);
        if (requests is null && tokens is null) return;
        var policy = Policy(requests?.Limit, tokens?.Limit);
        if (requests is { } rpm) Window(headers, "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests", policy.RequestsText, rpm);
        if (tokens is { } tpm) Window(headers, "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens", policy.TokensText, tpm);
        headers["RateLimit-Policy"] = policy.Text;
        headers["RateLimit"] = Joined(requests is { } left ? Left("rpm", left) : null, tokens is { } tokensLeft ? Left("tpm", tokensLeft) : null);
    }

    private static void Window(IHeaderDictionary headers, string limit, string remaining, string reset, string? limitText, in LimitWindow window)
    {
        headers[limit] = limitText;
        headers[remaining] = window.Remaining.ToString(CultureInfo.InvariantCulture);
        headers[reset] = GoDuration(window.Reset);
    }

    /// <summary>Most calls of an instance have the limits of a few tiers, and those of the call before them.</summary>
    private static LimitPolicy Policy(long? requests, long? tokens)
    {
        if (_policy is { } last && last.Requests == requests && last.Tokens == tokens) return last;
        var text = Joined(requests is { } r ? Policy("rpm", r) : null, tokens is { } t ? Policy("tpm", t) : null);
        return _policy = new LimitPolicy(requests, tokens, text, requests?.ToString(CultureInfo.InvariantCulture), tokens?.ToString(CultureInfo.InvariantCulture));
    }

    private static string Policy(string name, long limit) => string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={limit};w={WindowSeconds}");

    private static string Left(string name, in LimitWindow window) => string.Create(CultureInfo.InvariantCulture, $"\"{name}\";r={window.Remaining};t={(long)Math.Ceiling(window.Reset.TotalSeconds)}");

    private static string Joined(string? first, string? second) => first is null ? second! : second is null ? first : string.Concat(first, ", ", second);

    private static string Name(CacheVerdict verdict) => verdict switch
    {
        CacheVerdict.Bypass => "bypass",
        CacheVerdict.Miss => "miss",
        CacheVerdict.Exact => "exact",
        _ => "semantic",
    };

    /// <summary>As Go prints durations: <c>12ms</c>, <c>41s</c>, <c>6m0s</c>.</summary>
    internal static string GoDuration(TimeSpan time) =>
        time.Ticks % TimeSpan.TicksPerSecond == 0 && time > TimeSpan.Zero && time < TimeSpan.FromMinutes(1) ? Seconds[(int)time.TotalSeconds]
        : time < TimeSpan.FromSeconds(1) ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalMilliseconds}ms")
        : time < TimeSpan.FromMinutes(1) ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###}s")
        : string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalMinutes}m{time.Seconds}s");

    private sealed record LimitPolicy(long? Requests, long? Tokens, string Text, string? RequestsText, string? TokensText);
}
