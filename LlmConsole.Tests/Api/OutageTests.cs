using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Routing;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api;

/// <summary>A provider is down while many call.</summary>
public sealed class OutageTests
{
    private const int Callers = 20;
    private const int CallsEach = 25;

    [Fact]
    public async Task Outage_AtLoad_IsNotMultipliedAndEndsByAProbe()
    {
        await using var app = await StartAsync();
        await using var model = await ScriptedModel.PublishAsync(app, with: configured => configured with { Resilience = new ModelResilience { Retries = 2 } });
        model.Provider.Otherwise = Play.Error(500);

        var statuses = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => CallAsync(model)));

        statuses.SelectMany(status => status).ShouldBeSubsetOf([502, 503]);
        model.Provider.Requests.Count.ShouldBeLessThanOrEqualTo((int)(Callers * CallsEach * 1.1));
        var records = await model.RecordsAsync();
        records.Sum(record => record.Attempts).ShouldBe(model.Provider.Requests.Count);
        records.ShouldAllBe(record => record.Outcome == Outcome.Failed);
        records.Count(record => record.Attempts == 0).ShouldBeGreaterThan(Callers * CallsEach / 2);

        model.Provider.Otherwise = Play.Answer("well again");
        await UntilHealthyAsync(model);

        (await model.PostAsync(model.Ask())).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task Outage_ProbeIsABadRequest_EndsAllTheSame()
    {
        await using var app = await StartAsync();
        await using var model = await ScriptedModel.PublishAsync(app);
        model.Provider.Otherwise = Play.Error(500);
        for (var i = 0; i < new HealthOptions().ConsecutiveFailures; i++) await model.PostAsync(model.Ask());
        (await model.PostAsync(model.Ask())).IsSuccessStatusCode.ShouldBeFalse();

        model.Provider.Otherwise = Play.Error(400);
        await UntilHealthyAsync(model);

        ((int)(await model.PostAsync(model.Ask())).StatusCode).ShouldBe(400);
    }

    /// <summary>The pause is short, so that the tests need no waiting; when breakers open and for how long is tested by itself.</summary>
    private static Task<RunningApp> StartAsync() =>
        RunningApp.StartAsync(services => services.AddSingleton(new HealthOptions { FirstPause = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromMilliseconds(50) }));

    private static async Task UntilHealthyAsync(ScriptedModel model)
    {
        var health = model.App.Services.GetRequiredService<HealthBook>();
        var target = model.App.Configuration.FindModel(model.Name)!.Targets[0];
        while (health.Find(target.ProviderId, target.Model)!.State != TargetState.Healthy) await model.PostAsync(model.Ask());
    }

    private static async Task<IReadOnlyList<int>> CallAsync(ScriptedModel model)
    {
        var statuses = new List<int>();
        for (var i = 0; i < CallsEach; i++) statuses.Add((int)(await model.PostAsync(model.Ask())).StatusCode);
        return statuses;
    }
}
