using LlmConsole.Core;
using LlmConsole.Core.Alerts;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Metering.Live;
using LlmConsole.Core.Redis;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Webhooks;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Alerts;

/// <summary>What rules see of an app's own calls, books, targets and keys.</summary>
public sealed class ConditionsTests(AppFixture fixture) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private ScriptedModel _model = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Tenant Tenant => fixture.App.Tenant(_model.Name);

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.PublishAsync(fixture.App);

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Fact]
    public async Task ErrorRate_OfAModelAndOfATenant_CountsFailedCallsOfAtLeastTen()
    {
        _model.Provider.Next([.. Enumerable.Repeat(Play.Error(400), 3)]);
        await CallAsync(9);
        (await FindAsync(AlertKind.ErrorRate, 20)).ShouldNotContain(condition => condition.Subject == _model.Name);
        await CallAsync(1);

        (await FindAsync(AlertKind.ErrorRate, 20)).Single(condition => condition.Subject == _model.Name).Sentence.ShouldBe($"3 of 10 calls of model {_model.Name} failed in the last five minutes (30 %).");
        (await ModelOfAsync(AlertKind.ErrorRate, 20)).ShouldBe(_model.Name);
        (await FindAsync(AlertKind.ErrorRate, 20, Tenant.Id)).ShouldHaveSingleItem().TenantId.ShouldBe(Tenant.Id);
        (await FindAsync(AlertKind.ErrorRate, 31, Tenant.Id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Latency_OfCallsAndFirstTokens_IsJudgedByThe95thPercentile()
    {
        await CallAsync(10, "\"stream\":true");

        (await FindAsync(AlertKind.Latency, 0.0001, Tenant.Id)).ShouldHaveSingleItem().Sentence.ShouldMatch("^The slowest 5 % of tenant .+'s calls took [0-9.]+ m?s or longer in the last five minutes\\.$");
        (await FindAsync(AlertKind.FirstToken, 0.0001, Tenant.Id)).ShouldHaveSingleItem().Sentence.ShouldMatch("answers took [0-9.]+ m?s or longer to begin in");
        (await FindAsync(AlertKind.Latency, 3_600_000, Tenant.Id)).ShouldBeEmpty();
        (await ModelOfAsync(AlertKind.Latency, 0.0001)).ShouldBe(_model.Name);
        (await ModelOfAsync(AlertKind.FirstToken, 0.0001)).ShouldBe(_model.Name);
    }

    [Fact]
    public async Task SoftBudget_ThatIsPassed_RefusesNothingAndIsSeen()
    {
        var quota = new Quota { Unit = QuotaUnit.Requests, Period = QuotaPeriod.Month, Limit = 4, Hard = false };
        await fixture.App.PutAsync(Tenant with { Quotas = [quota] });
        await CallAsync(3);
        (await FindAsync(AlertKind.Budget, 80, Tenant.Id)).ShouldBeEmpty();
        await CallAsync(2);

        var condition = (await FindAsync(AlertKind.Budget, 80, Tenant.Id)).ShouldHaveSingleItem();
        condition.Sentence.ShouldStartWith($"{Tenant.Name} used 125 % of its soft budget of 4 requests per month. It resets on 1 ");
        (condition.EventType, condition.Facts["percent"], condition.Facts["hard"]).ShouldBe((EventTypes.BudgetThreshold, 125.0, false));
        (await _model.RecordsAsync()).ShouldAllBe(record => record.Status == 200);
    }

    [Fact]
    public async Task KeyBudget_ThatIsNearlyUsed_NamesTheKey()
    {
        var key = fixture.App.KeyOf(_model.Key);
        await fixture.App.PutAsync(key with { Quotas = [new Quota { Unit = QuotaUnit.Requests, Period = QuotaPeriod.Day, Limit = 5 }] });
        await CallAsync(4);

        (await FindAsync(AlertKind.Budget, 80, Tenant.Id)).ShouldHaveSingleItem().Sentence.ShouldStartWith($"Key {key.Name} of {Tenant.Name} used 80 % of its budget of 5 requests per day.");
    }

    [Fact]
    public async Task SpendVelocity_ManyTimesTheBaseline_IsSeen()
    {
        await SpendAsync(TimeSpan.FromHours(6), 2.4m);
        await SpendAsync(TimeSpan.FromMinutes(2), 0.5m);

        (await FindAsync(AlertKind.SpendVelocity, 4)).Single(condition => condition.Subject == Tenant.Id).Sentence.ShouldContain("spent $0.50 in the last hour, 5 times its hourly average of the day before ($0.10)");
        (await FindAsync(AlertKind.SpendVelocity, 6)).ShouldNotContain(condition => condition.Subject == Tenant.Id);
    }

    [Fact]
    public async Task SpendVelocity_AfterADayWithoutSpend_IsMeasuredByTheLeast()
    {
        await SpendAsync(TimeSpan.FromMinutes(2), 0.5m);

        (await FindAsync(AlertKind.SpendVelocity, 5, Tenant.Id)).ShouldHaveSingleItem().Sentence.ShouldBe($"{Tenant.Name} spent $0.50 in the last hour, and nothing on the day before.");
        (await FindAsync(AlertKind.SpendVelocity, 6, Tenant.Id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task UnpricedModel_ThatIsCalled_IsSeen()
    {
        await fixture.App.PutAsync(fixture.App.Configuration.FindModel(_model.Name)! with { Prices = [] });
        await CallAsync(2);

        (await FindAsync(AlertKind.UnpricedModel, 0)).Single(condition => condition.Subject == _model.Name).Sentence.ShouldStartWith("2 calls of model");
        (await ModelOfAsync(AlertKind.UnpricedModel, 0)).ShouldBe(_model.Name);
    }

    [Fact]
    public async Task Target_ThatIsLeftAlone_IsDown()
    {
        _model.Provider.Otherwise = Play.Error(500);
        await CallAsync(new HealthOptions().ConsecutiveFailures);

        var target = fixture.App.Configuration.FindModel(_model.Name)!.Targets[0];
        (await FindAsync(AlertKind.TargetDown, 0)).ShouldContain(condition => condition.Subject == $"{target.ProviderId}/{_model.Name}");
    }

    [Fact]
    public async Task Key_ThatExpiresSoon_IsSeenUntilItIsRevoked()
    {
        var key = fixture.App.KeyOf(await fixture.App.IssueKeyAsync(_model.Name, key => key with { ExpiresAt = key.CreatedAt.AddDays(3) }));

        (await FindAsync(AlertKind.KeyExpiring, 2, Tenant.Id)).ShouldBeEmpty();
        (await FindAsync(AlertKind.KeyExpiring, 7, Tenant.Id)).ShouldHaveSingleItem().EventType.ShouldBe(EventTypes.KeyExpiring);
        await fixture.App.PutAsync(key with { RevokedAt = key.CreatedAt });
        (await FindAsync(AlertKind.KeyExpiring, 7, Tenant.Id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Store_ThatIsAway_IsSeen()
    {
        (await FindAsync(AlertKind.StoreDegraded, 0)).ShouldBeEmpty();
        await using var app = await RunningApp.StartAsync(("ConnectionStrings:Redis", "127.0.0.1:1"));
        while (app.Services.GetRequiredService<RedisConnection>().Status is not { IsDegraded: true }) await app.Http.GetAsync("/health/ready", Cancellation);

        (await FindAsync(app, AlertKind.StoreDegraded, 0, null)).ShouldHaveSingleItem().Subject.ShouldBe("redis");
    }

    [Fact]
    public async Task Endpoint_WhoseReceiverFailed_IsSeenUntilItIsEnabled_AndOneSwitchedOffIsNot()
    {
        var endpoint = new WebhookEndpoint { Id = Ids.New("whk", TimeProvider.System), TenantId = Tenant.Id, Url = new Uri("https://hooks.example.com/a"), Events = ["job.*"], DisabledAt = Tenant.CreatedAt, DisabledReason = "The receiver answered 410: it is gone for good." };
        await fixture.App.PutAsync(endpoint);

        (await FindAsync(AlertKind.EndpointDisabled, 0)).Single(condition => condition.Subject == endpoint.Id).TenantId.ShouldBe(Tenant.Id);
        (await FindAsync(AlertKind.EndpointDisabled, 0, Tenant.Id)).ShouldHaveSingleItem().Sentence.ShouldBe(
            $"The webhook endpoint hooks.example.com of {Tenant.Name} is disabled, and what it should be told is held. The receiver answered 410: it is gone for good.");
        (await FindAsync(AlertKind.EndpointDisabled, 0, fixture.App.Tenant("Default").Id)).ShouldBeEmpty();
        foreach (var enabled in new[] { true, false })
        {
            await fixture.App.Services.GetRequiredService<WebhookEdits>().ChangeAsync(Actor.System, endpoint, new WebhookChange { Enabled = enabled }, Cancellation);
            (await FindAsync(AlertKind.EndpointDisabled, 0, Tenant.Id)).ShouldBeEmpty();
        }
    }

    private Task SpendAsync(TimeSpan ago, decimal dollars) => fixture.App.Services.GetRequiredService<UsageLedger>().RecordAsync(new UsageRecord
    {
        RequestId = $"req_{Guid.NewGuid():N}", StartedAt = fixture.App.Services.GetRequiredService<TimeProvider>().GetUtcNow() - ago, TenantId = Tenant.Id, ModelAsked = "m", ModelServed = "m", Outcome = Outcome.Answered, Status = 200,
        PriceVersion = 1, InputTokens = 10, OutputTokens = 5, Cost = Usd.FromDollars(dollars),
    });

    private async Task CallAsync(int times, string fields = "")
    {
        for (var i = 0; i < times; i++) await _model.PostAsync(_model.Ask(fields));
        await _model.RecordsAsync();
        fixture.App.Services.GetRequiredService<LiveMetrics>().Tick();
    }

    /// <summary>What the sentence about this model says of which it is.</summary>
    private async Task<string?> ModelOfAsync(AlertKind kind, double threshold) => AlertSubject.ModelOf((await FindAsync(kind, threshold)).Single(condition => condition.Subject == _model.Name).Sentence);

    private Task<IReadOnlyList<Condition>> FindAsync(AlertKind kind, double threshold, string? tenantId = null) => FindAsync(fixture.App, kind, threshold, tenantId);

    private static Task<IReadOnlyList<Condition>> FindAsync(RunningApp app, AlertKind kind, double threshold, string? tenantId) =>
        app.Services.GetServices<IConditions>().Single(conditions => conditions.Kinds.Contains(kind))
            .FindAsync(new AlertRule { Id = "rule_1", Name = "r", Kind = kind, Threshold = threshold, TenantId = tenantId }, app.Configuration, Cancellation);
}
