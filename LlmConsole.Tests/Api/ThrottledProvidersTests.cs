using System.Net;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Routing;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api;

/// <summary>A provider that wants to be left alone, in every way of saying for how long: what the client is told, how long the target is spared, what the books say.</summary>
public sealed class ThrottledProvidersTests(SteppedAppFixture stepped) : IClassFixture<SteppedAppFixture>
{
    private readonly RunningApp _app = stepped.App;

    [Theory]
    [InlineData("Retry-After", "7", 7)]
    [InlineData("Retry-After", "1.5", 1.5)]
    [InlineData("Retry-After", "{date+20}", 20)]
    [InlineData("Retry-After", "soon", 5)]
    [InlineData("Retry-After", "-1", 5)]
    [InlineData("Retry-After", "99999999", 300)]
    [InlineData("retry-after-ms", "250", 0.25)]
    [InlineData("x-ms-retry-after-ms", "1500", 1.5)]
    [InlineData("x-ratelimit-reset-requests", "12ms", 0.012)]
    [InlineData("x-ratelimit-reset-tokens", "1m30s", 90)]
    [InlineData("x-ratelimit-reset", "{unix+30}", 30)]
    [InlineData("ratelimit-reset", "4", 4)]
    [InlineData("anthropic-ratelimit-requests-reset", "{iso+60}", 60)]
    [InlineData("X-Other", "9", 5)]
    public async Task Throttled_InEverySpelling_IsSparedAndTheClientIsToldForHowLong(string header, string value, double seconds)
    {
        // Dates tell whole seconds.
        stepped.Time.Advance(TimeSpan.FromTicks(TimeSpan.TicksPerSecond - (stepped.Time.GetUtcNow().Ticks % TimeSpan.TicksPerSecond)));
        var now = stepped.Time.GetUtcNow();
        value = value.Replace("{date+20}", now.AddSeconds(20).ToString("R"), StringComparison.Ordinal)
            .Replace("{unix+30}", now.AddSeconds(30).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{iso+60}", now.AddSeconds(60).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
        await using var model = await ScriptedModel.PublishAsync(_app);
        model.Provider.Otherwise = Play.Error(429, headers: (header, value));

        var first = await model.PostAsync(model.Ask());
        var second = await model.PostAsync(model.Ask());

        // The second is refused without asking: the target is left alone.
        model.Provider.Requests.Count.ShouldBe(1);
        foreach (var answer in (HttpResponseMessage[])[first, second])
            (answer.StatusCode, answer.Headers.RetryAfter!.Delta).ShouldBe((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(seconds)))));

        var target = _app.Configuration.FindModel(model.Name)!.Targets[0];
        var status = _app.Services.GetRequiredService<HealthBook>().Find(target.ProviderId, target.Model)!;
        (status.State, status.Pause, status.ConsecutiveFailures).ShouldBe((TargetState.CoolingDown, TimeSpan.FromSeconds(seconds), 0));
        (await model.RecordsAsync()).Select(record => (record.Outcome, record.ErrorCode, record.Attempts, record.TotalTokens)).ShouldBe([(Outcome.Failed, "overloaded", 1, 0), (Outcome.Failed, "overloaded", 0, 0)]);

        stepped.Time.Advance(TimeSpan.FromSeconds(seconds));
        model.Provider.Otherwise = Play.Answer("welcome back");
        (await model.PostAsync(model.Ask())).EnsureSuccessStatusCode();
    }
}
