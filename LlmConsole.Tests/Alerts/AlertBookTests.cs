using LlmConsole.Core.Alerts;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Webhooks;
using LlmConsole.Tests.Webhooks;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmConsole.Tests.Alerts;

/// <summary>Conditions come, stay and go; what is told of it.</summary>
public sealed class AlertBookTests : IAsyncLifetime
{
    private static readonly AlertRule Rule = new() { Id = "rule_1", Name = "Many errors", Kind = AlertKind.ErrorRate, Threshold = 5 };

    private WebhookWorld _world = null!;
    private AlertBook _book = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IDbContextFactory<LlmConsoleDbContext> Contexts => _world.Get<IDbContextFactory<LlmConsoleDbContext>>();

    public async ValueTask InitializeAsync()
    {
        _world = await WebhookWorld.StartAsync();
        _book = new AlertBook(Contexts, _world.Get<DatabaseConnections>(), _world.Get<WebhookOutbox>(), _world.Time);
        await _world.CreateAsync();
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Condition_ThatPersists_IsOneAlert_AndAResolvedFollows()
    {
        for (var i = 0; i < 20; i++)
        {
            await _book.ApplyAsync(Rule, [new Condition("m", null, $"{i} of 40 calls failed.")], Cancellation);
            _world.Time.Advance(AlertWatch.Beat);
        }

        var alert = (await AlertsAsync()).ShouldHaveSingleItem();
        alert.ResolvedAt.ShouldBeNull();
        await _book.ApplyAsync(Rule, [], Cancellation);
        (await AlertsAsync()).ShouldHaveSingleItem().ResolvedAt.ShouldBeNull();
        _world.Time.Advance(AlertBook.ResolveAfter);
        await _book.ApplyAsync(Rule, [], Cancellation);
        await _book.ApplyAsync(Rule, [], Cancellation);

        (await AlertsAsync()).ShouldHaveSingleItem().ResolvedAt.ShouldBe(_world.Time.GetUtcNow());
        await _world.DeliverAsync();
        _world.Receiver.Requests.Select(request => request.Json.GetProperty("type").GetString()).Order().ShouldBe(["alert.fired", "alert.resolved"]);
        var fired = _world.Receiver.Requests.Single(request => request.Text.Contains("alert.fired")).Json.GetProperty("data");
        (fired.GetProperty("id").GetString(), fired.GetProperty("kind").GetString(), fired.GetProperty("message").GetString()).ShouldBe((alert.Id, "error-rate", "0 of 40 calls failed."));
    }

    [Fact]
    public async Task Condition_ThatComesBackAtOnce_StaysTheSameAlert_AndLaterIsAnother()
    {
        await ApplyAsync("m");
        _world.Time.Advance(AlertBook.ResolveAfter - TimeSpan.FromSeconds(1));
        await ApplyAsync();
        await ApplyAsync("m");
        (await AlertsAsync()).Count.ShouldBe(1);

        _world.Time.Advance(AlertBook.ResolveAfter);
        await ApplyAsync();
        await ApplyAsync("m");
        (await AlertsAsync()).Select(alert => alert.ResolvedAt is null).ShouldBe([true, false]);
    }

    [Fact]
    public async Task Condition_ThatAnotherInstanceSawAtTheSameTime_IsNotRaisedTwice()
    {
        await ApplyAsync("m");
        var first = (await AlertsAsync()).ShouldHaveSingleItem();

        await using var db = await Contexts.CreateDbContextAsync(Cancellation);
        db.Add(first with { Id = "alr_another" });

        await Should.ThrowAsync<DbUpdateException>(() => db.SaveChangesAsync(Cancellation));
        (await AlertsAsync()).ShouldHaveSingleItem().Id.ShouldBe(first.Id);
    }

    [Fact]
    public async Task Subjects_OfOneRule_AreAlertsOfTheirOwn()
    {
        await ApplyAsync("m", "n");
        _world.Time.Advance(AlertBook.ResolveAfter);
        await ApplyAsync("n");

        (await AlertsAsync()).Count(alert => alert.ResolvedAt is null).ShouldBe(1);
        (await AlertsAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Condition_WithAnEventOfItsOwn_SendsItOnceToTheTenant()
    {
        var tenant = _world.Snapshot.Tenants.Values.Single().Id;
        var own = await _world.Get<WebhookEdits>().CreateAsync(Actor.System, new WebhookDraft(tenant, $"{_world.Receiver.BaseUrl}/own", WebhookFormat.Standard, ["budget.threshold"]), Cancellation);
        var condition = new Condition("b", tenant, "Acme used 80 %.") { EventType = EventTypes.BudgetThreshold, Facts = new Dictionary<string, object?> { ["percent"] = 80, ["limit"] = 2.5m } };

        await _book.ApplyAsync(Rule, [condition], Cancellation);
        await _book.ApplyAsync(Rule, [condition], Cancellation);
        await _world.DeliverAsync();

        var request = _world.Receiver.Requests.Single(request => request.Path == "/v1/own");
        (request.Json.GetProperty("type").GetString(), request.Json.GetProperty("data").GetProperty("percent").GetInt32(), request.Json.GetProperty("data").GetProperty("limit").GetDecimal()).ShouldBe(("budget.threshold", 80, 2.5m));
        own.Endpoint.TenantId.ShouldBe(tenant);
        _world.Receiver.Requests.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Rule_ThatNamesEndpoints_TellsThemAloneAndOfTheEndWhenItIsGone()
    {
        var named = (await _world.CreateAsync($"{_world.Receiver.BaseUrl}/pager", events: "job.*")).Endpoint;
        var disabled = (await _world.CreateAsync($"{_world.Receiver.BaseUrl}/off")).Endpoint;
        await _world.Get<WebhookEdits>().ChangeAsync(Actor.System, disabled, new WebhookChange { Enabled = false }, Cancellation);
        var condition = new Condition("k", null, "A key expires.") { EventType = EventTypes.KeyExpiring };

        await _book.ApplyAsync(Rule with { Webhooks = [named.Id, disabled.Id] }, [condition], Cancellation);
        await _book.CleanAsync([], Cancellation);
        await _world.DeliverAsync();

        _world.Receiver.Requests.Select(request => (request.Path, request.Json.GetProperty("type").GetString())).Order()
            .ShouldBe([("/v1/hook", "key.expiring"), ("/v1/pager", "alert.fired"), ("/v1/pager", "alert.resolved")]);
    }

    [Fact]
    public async Task Rule_OfAnEarlierRelease_NamesNoEndpoint_AndOneOfThisKeepsIts()
    {
        var named = (await _world.CreateAsync()).Endpoint.Id;
        await using (var db = await Contexts.CreateDbContextAsync(Cancellation))
            await db.Database.ExecuteSqlRawAsync("INSERT INTO alert_rules (id, name, kind, threshold, enabled, created_at) VALUES ('rule_old', 'Old', 'TargetDown', 0, 1, 0)", Cancellation);
        await _world.Get<ConfigurationEditor>().SaveAsync(Actor.System, Change.Put(Rule with { Webhooks = [named] }), Cancellation);
        var another = new ConfigurationStore(_world.Get<DatabaseConnections>(), Contexts);

        await another.ReloadAsync(Cancellation);

        another.Current.AlertRules["rule_old"].Webhooks.ShouldBeEmpty();
        another.Current.AlertRules[Rule.Id].Webhooks.ShouldBe([named]);
    }

    [Fact]
    public async Task Rule_ThatIsGone_ResolvesWhatItRaised()
    {
        await ApplyAsync("m");

        await _book.CleanAsync([Rule.Id], Cancellation);
        (await AlertsAsync()).Single().ResolvedAt.ShouldBeNull();
        await _book.CleanAsync([], Cancellation);

        (await AlertsAsync()).Single().ResolvedAt.ShouldNotBeNull();
        _world.Time.Advance(TimeSpan.FromDays(91));
        await _book.CleanAsync([], Cancellation);
        (await AlertsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Watch_OnTwoInstances_IsOnesUntilItsLeaseLapses()
    {
        using var first = Watch();
        using var second = Watch();

        (await first.HoldAsync(Cancellation)).ShouldBeTrue();
        (await second.HoldAsync(Cancellation)).ShouldBeFalse();
        (await first.HoldAsync(Cancellation)).ShouldBeTrue();
        _world.Time.Advance(AlertWatch.Lease);
        (await second.HoldAsync(Cancellation)).ShouldBeTrue();
        (await first.HoldAsync(Cancellation)).ShouldBeFalse();
    }

    [Fact]
    public async Task Watch_OfARule_LooksEachBeatAndStopsWhenItIsOff()
    {
        var editor = _world.Get<ConfigurationEditor>();
        await editor.SaveAsync(Actor.System, Change.Put(Rule with { CreatedAt = _world.Time.GetUtcNow() }), Cancellation);
        using var watch = Watch();

        await watch.LookAsync(Cancellation);
        (await AlertsAsync()).Single().ResolvedAt.ShouldBeNull();
        await editor.SaveAsync(Actor.System, Change.Put(_world.Snapshot.AlertRules[Rule.Id] with { Enabled = false }), Cancellation);
        for (var beat = 0; beat < 12; beat++) await watch.LookAsync(Cancellation);

        (await AlertsAsync()).Single().ResolvedAt.ShouldNotBeNull();
    }

    [Fact]
    public async Task Changed_OfAStretch_AreThoseThatBeganOrEndedInIt()
    {
        var began = _world.Time.GetUtcNow();
        await ApplyAsync("m", "n");
        _world.Time.Advance(AlertBook.ResolveAfter);
        await ApplyAsync("n");
        var over = _world.Time.GetUtcNow();
        var queries = new AlertQueries(Contexts, _world.Time);

        (await queries.ChangedAsync(began, began.AddSeconds(1), 10, Cancellation)).Count.ShouldBe(2);
        (await queries.ChangedAsync(over, over.AddHours(1), 10, Cancellation)).ShouldHaveSingleItem().ResolvedAt.ShouldBe(over);
        (await queries.ChangedAsync(began.AddSeconds(1), over.AddSeconds(-1), 10, Cancellation)).ShouldBeEmpty();
        (await queries.ChangedAsync(began, over, 1, Cancellation)).Count.ShouldBe(1);
    }

    private AlertWatch Watch() => new(_world.Get<DatabaseConnections>(), _world.Get<ConfigurationStore>(), _book, [new Always()], _world.Time, NullLogger<AlertWatch>.Instance);

    private Task ApplyAsync(params string[] subjects) => _book.ApplyAsync(Rule, [.. subjects.Select(subject => new Condition(subject, null, "A sentence."))], Cancellation);

    private Task<IReadOnlyList<Alert>> AlertsAsync() => new AlertQueries(Contexts, _world.Time).PageAsync(null, null, 100, Cancellation);

    private sealed class Always : IConditions
    {
        public IReadOnlyList<AlertKind> Kinds { get; } = Enum.GetValues<AlertKind>();

        public TimeSpan Every => TimeSpan.Zero;

        public Task<IReadOnlyList<Condition>> FindAsync(AlertRule rule, ConfigurationSnapshot snapshot, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<Condition>>([new Condition("always", null, "It is so.")]);
    }
}
