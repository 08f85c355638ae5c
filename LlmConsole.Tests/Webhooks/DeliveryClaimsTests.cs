using LlmConsole.Core.Configuration;
using LlmConsole.Core.Webhooks;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Webhooks;

public sealed class DeliveryClaimsOnSqliteTests : DeliveryClaimsTests
{
    protected override Task<string?> ConnectionAsync() => Task.FromResult<string?>(null);
}

public sealed class DeliveryClaimsOnPostgresTests(SharedPostgres postgres) : DeliveryClaimsTests, IClassFixture<SharedPostgres>
{
    protected override async Task<string?> ConnectionAsync() => await postgres.NewDatabaseAsync();

    [Fact]
    public async Task TwoInstances_OnOneDatabase_DeliverEachEventOnce()
    {
        var connection = await ConnectionAsync();
        await using var first = await WebhookWorld.StartAsync(connection);
        var second = await WebhookWorld.StartAsync(connection, beside: first);
        await first.CreateAsync();
        await second.Get<ConfigurationStore>().ReloadAsync(Cancellation);
        const int events = 30;
        for (var i = 0; i < events; i++) await first.HappenAsync();

        var counts = await Task.WhenAll(first.DeliverAsync(), second.DeliverAsync(), first.DeliverAsync(), second.DeliverAsync());

        await second.CloseAsync();
        counts.Sum().ShouldBe(events);
        first.Receiver.Requests.Select(request => request.Headers["webhook-id"]).Distinct().Count().ShouldBe(events);
        first.Receiver.Requests.Count.ShouldBe(events);
    }
}

/// <summary>Who may make an attempt: on both databases.</summary>
public abstract class DeliveryClaimsTests : IAsyncLifetime
{
    private WebhookWorld _world = null!;
    private string[] _endpoints = [];

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private DeliveryClaims Claims => _world.Get<DeliveryClaims>();

    public async ValueTask InitializeAsync()
    {
        _world = await WebhookWorld.StartAsync(await ConnectionAsync());
        _endpoints = [(await _world.CreateAsync()).Endpoint.Id];
    }

    public async ValueTask DisposeAsync()
    {
        if (_world is not null) await _world.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The database to run on; none is SQLite.</summary>
    protected abstract Task<string?> ConnectionAsync();

    [Fact]
    public async Task Claim_OfADelivery_IsAloneUntilItsLeaseLapses()
    {
        await _world.HappenAsync();
        var first = (await ClaimAsync()).ShouldNotBeNull();

        (await ClaimAsync()).ShouldBeNull();
        _world.Time.Advance(DeliveryClaims.Lease);
        (await ClaimAsync()).ShouldNotBeNull().Fence.ShouldBe(first.Fence + 1);
    }

    [Fact]
    public async Task Worker_ThatWakesUpLate_ChangesNothing()
    {
        await _world.HappenAsync();
        var late = (await ClaimAsync())!;
        _world.Time.Advance(DeliveryClaims.Lease);
        var current = (await ClaimAsync())!;

        (await Claims.SaveAsync(late, late with { State = DeliveryState.Failed }, Attempt(late), Cancellation)).ShouldBeFalse();
        await Claims.ReleaseAsync(late, Cancellation);
        (await ClaimAsync()).ShouldBeNull();
        (await Claims.SaveAsync(current, current with { State = DeliveryState.Delivered, Attempts = 1 }, Attempt(current), Cancellation)).ShouldBeTrue();

        var row = await _world.FindAsync(current.Id);
        (row.State, row.Attempts).ShouldBe((DeliveryState.Delivered, 1));
        (await _world.AttemptsAsync(current.Id)).ShouldHaveSingleItem().RequestHeaders.ShouldBe([new HeaderLine("a", "b")]);
    }

    [Fact]
    public async Task Release_OfAClaim_LetsAnotherTakeItAtOnce()
    {
        await _world.HappenAsync();
        var claim = (await ClaimAsync())!;

        await Claims.ReleaseAsync(claim, Cancellation);

        (await ClaimAsync()).ShouldNotBeNull();
        (await Claims.ClaimAsync(["whk_another"], Cancellation)).ShouldBeNull();
    }

    [Fact]
    public async Task Figures_OfEachEndpoint_CountItsDeliveries()
    {
        await _world.HappenAsync();
        await _world.DeliverAsync();
        await _world.HappenAsync();

        var figures = (await _world.Get<DeliveryQueries>().FiguresAsync(Cancellation)).ShouldHaveSingleItem().Value;
        (figures.Pending, figures.Delivered, figures.Failed, figures.LastAt).ShouldBe((1, 1, 0, _world.Time.GetUtcNow()));
        (await _world.Get<DeliveryQueries>().OfSubjectAsync("job_1", Cancellation)).Count.ShouldBe(2);
    }

    private Task<Delivery?> ClaimAsync() => Claims.ClaimAsync(_endpoints, Cancellation);

    private static DeliveryAttempt Attempt(Delivery claim) =>
        new() { DeliveryId = claim.Id, Number = 1, At = claim.CreatedAt, DurationMs = 1.5, RequestHeaders = [new HeaderLine("a", "b")], Status = 200 };
}
