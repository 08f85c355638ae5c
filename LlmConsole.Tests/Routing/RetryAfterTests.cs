using LlmConsole.Core.Routing;

namespace LlmConsole.Tests.Routing;

public sealed class RetryAfterTests
{
    private static readonly DateTimeOffset Now = new(2027, 1, 31, 9, 30, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("Retry-After: 7", 7)]
    [InlineData("Retry-After: 1.5", 1.5)]
    [InlineData("Retry-After: Sun, 31 Jan 2027 09:30:20 GMT", 20)]
    [InlineData("retry-after-ms: 250", 0.25)]
    [InlineData("x-ms-retry-after-ms: 1500", 1.5)]
    [InlineData("retry-after-ms: 250; Retry-After: 9", 0.25)]
    [InlineData("x-ratelimit-reset-requests: 12ms", 0.012)]
    [InlineData("x-ratelimit-reset-tokens: 6m0s", 360)]
    [InlineData("x-ratelimit-reset-tokens: 1h2m3.5s", 3723.5)]
    [InlineData("x-ratelimit-reset-requests: 2s; x-ratelimit-reset-tokens: 9s", 9)]
    [InlineData("x-ratelimit-reset-requests: 2s; x-ratelimit-reset-tokens: 9s; x-ratelimit-remaining-tokens: 5", 2)]
    [InlineData("x-ratelimit-reset: 30", 30)]
    [InlineData("x-ratelimit-reset: 1801387830", 30)]
    [InlineData("x-ratelimit-reset: 1801387830000", 30)]
    [InlineData("ratelimit-reset: 4", 4)]
    [InlineData("anthropic-ratelimit-requests-reset: 2027-01-31T09:31:00Z", 60)]
    public void Read_EverySpelling_IsUnderstood(string headers, double seconds) => Read(headers).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("")]
    [InlineData("Retry-After: soon")]
    [InlineData("Retry-After: -3")]
    [InlineData("Retry-After: 0")]
    [InlineData("Retry-After: Sun, 31 Jan 2027 09:29:00 GMT")]
    [InlineData("Retry-After: NaN")]
    [InlineData("x-ratelimit-reset-requests: 5 minutes")]
    [InlineData("x-ratelimit-reset: 1801387700")]
    [InlineData("x-ratelimit-reset-requests: 2s; x-ratelimit-remaining-requests: 17")]
    public void Read_NothingOfUse_IsNotSaid(string headers) => Read(headers).ShouldBeNull();

    [Fact]
    public void Read_Centuries_IsADay() => Read("Retry-After: 99999999").ShouldBe(TimeSpan.FromDays(1));

    private static TimeSpan? Read(string headers)
    {
        using var response = new HttpResponseMessage();
        foreach (var header in headers.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var (name, value) = (header[..header.IndexOf(':', StringComparison.Ordinal)], header[(header.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
            response.Headers.TryAddWithoutValidation(name, value);
        }

        return RetryAfter.Read(response.Headers, Now);
    }
}
