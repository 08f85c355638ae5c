using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;

namespace LlmConsole.Core.Routing;

/// <summary>How long a provider wants to be left alone, in whichever way it says so.</summary>
internal static class RetryAfter
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    /// <summary>In order of preference: what names milliseconds is most exact.</summary>
    private static readonly string[] InMilliseconds = ["retry-after-ms", "x-ms-retry-after-ms"];

    /// <summary>Windows that refill: the longest of those that are used up.</summary>
    private static readonly (string Reset, string Remaining)[] Windows =
    [
        ("x-ratelimit-reset-requests", "x-ratelimit-remaining-requests"), ("x-ratelimit-reset-tokens", "x-ratelimit-remaining-tokens"),
        ("anthropic-ratelimit-requests-reset", "anthropic-ratelimit-requests-remaining"), ("anthropic-ratelimit-tokens-reset", "anthropic-ratelimit-tokens-remaining"),
        ("x-ratelimit-reset", "x-ratelimit-remaining"), ("ratelimit-reset", "ratelimit-remaining"),
    ];

    /// <summary>None when the answer doesn't say, or says something else than a time to come.</summary>
    public static TimeSpan? Read(HttpResponseHeaders headers, DateTimeOffset now)
    {
        foreach (var name in InMilliseconds)
        {
            if (Text(headers, name) is { } text && Number(text) is { } milliseconds && Sensible(milliseconds / 1_000) is { } wait) return wait;
        }

        return Text(headers, "retry-after") is { } said && Time(said, now) is { } after ? after : Refill(headers, now);
    }

    private static TimeSpan? Refill(HttpResponseHeaders headers, DateTimeOffset now)
    {
        TimeSpan? longest = null;
        foreach (var (reset, remaining) in Windows)
        {
            if (Text(headers, reset) is not { } text || (Text(headers, remaining) is { } left && Number(left) > 0)) continue;
            if (Time(text, now) is { } wait && !(wait <= longest)) longest = wait;
        }

        return longest;
    }

    /// <summary>Seconds, a Go duration, a date, or a Unix time in seconds or milliseconds.</summary>
    private static TimeSpan? Time(string text, DateTimeOffset now)
    {
        const double LongestSpan = 1_000_000_000, LongestUnixSeconds = 100_000_000_000;
        if (Number(text) is { } number)
        {
            if (number < LongestSpan) return Sensible(number);
            return Sensible((number < LongestUnixSeconds ? number : number / 1_000) - (now.ToUnixTimeMilliseconds() / 1_000.0));
        }

        if (GoDuration(text) is { } duration) return Sensible(duration);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? Sensible((date - now).TotalSeconds) : null;
    }

    /// <summary>Such as <c>12ms</c>, <c>1.5s</c> or <c>6m0s</c>, in seconds.</summary>
    private static double? GoDuration(string text)
    {
        var rest = text.AsSpan();
        var total = 0.0;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(Digits);
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)) return null;
            rest = rest[digits..];
            var length = rest.IndexOfAny(Digits);
            var unit = length < 0 ? rest : rest[..length];
            double? seconds = unit switch { "ns" => 1e-9, "us" or "µs" => 1e-6, "ms" => 1e-3, "s" => 1, "m" => 60, "h" => 3_600, _ => null };
            if (seconds is null) return null;
            total += value * seconds.Value;
            rest = rest[unit.Length..];
        }

        return text.Length > 0 ? total : null;
    }

    private static TimeSpan? Sensible(double seconds) => double.IsFinite(seconds) && seconds > 0 ? TimeSpan.FromSeconds(Math.Min(seconds, 86_400)) : null;

    private static double? Number(string text) => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string? Text(HttpResponseHeaders headers, string name) => headers.NonValidated.TryGetValues(name, out var values) ? values.FirstOrDefault()?.Trim() : null;
}
