using LlmConsole.Core.Configuration;
using LlmConsole.Core.Webhooks;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Webhooks;

/// <summary>What becomes of endpoints and their deliveries over time.</summary>
public sealed class EndpointLifeTests : IAsyncLifetime
{
    private WebhookWorld _world = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _world = await WebhookWorld.StartAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Receiver_ThatIsGone_DisablesTheEndpoint()
    {
        var endpoint = (await _world.CreateAsync()).Endpoint;
        _world.Receiver.Next(Play.Error(410));
        var delivery = await _world.HappenAsync();

        await _world.DeliverAsync();

        (await _world.FindAsync(delivery.Id)).State.ShouldBe(DeliveryState.Failed);
        _world.Snapshot.Webhooks[endpoint.Id].DisabledReason.ShouldNotBeNull().ShouldContain("410");
        await _world.Get<WebhookOutbox>().PublishAsync(new WebhookEvent(EventTypes.JobFailed, null, null, [], ""), Cancellation);
        (await _world.DeliveriesAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Endpoint_WhoseDeliveriesAreGivenUpOneAfterTheOther_IsDisabled_AndHoldsTheRest()
    {
        var endpoint = (await _world.CreateAsync()).Endpoint;
        _world.Receiver.Otherwise = Play.Error(500);
        var deliveries = new List<Delivery>();
        for (var i = 0; i < DeliveryRun.MostGivenUp; i++)
        {
            deliveries.Add(await _world.HappenAsync());
            await _world.DeliverAsync();
            _world.Time.Advance(TimeSpan.FromMinutes(1));
        }

        for (var tries = 1; tries < DeliverySchedule.Length; tries++)
        {
            _world.Snapshot.Webhooks[endpoint.Id].IsEnabled.ShouldBeTrue();
            _world.Time.Advance(TimeSpan.FromHours(27));
            if (tries == DeliverySchedule.Length - 1) deliveries.Add(await _world.HappenAsync());
            await _world.DeliverAsync();
        }

        _world.Snapshot.Webhooks[endpoint.Id].DisabledReason.ShouldNotBeNull().ShouldContain("given up after 10 attempts");
        _world.Receiver.Otherwise = Play.Json("{}");
        _world.Time.Advance(TimeSpan.FromDays(1));
        (await _world.DeliverAsync()).ShouldBe(0);
        (await _world.FindAsync(deliveries[^1].Id)).State.ShouldBe(DeliveryState.Pending);

        await _world.Get<WebhookEdits>().ChangeAsync(Actor.System, endpoint, new WebhookChange { Enabled = true }, Cancellation);
        (await _world.DeliverAsync()).ShouldBe(1);
        (await _world.FindAsync(deliveries[^1].Id)).State.ShouldBe(DeliveryState.Delivered);
        _world.Snapshot.Webhooks[endpoint.Id].DisabledReason.ShouldBeNull();
    }

    [Fact]
    public async Task Resend_OfADelivery_KeepsItsIdAndBeginsTheScheduleAnew()
    {
        var endpoint = (await _world.CreateAsync()).Endpoint;
        var delivery = await _world.HappenAsync();
        await _world.DeliverAsync();
        _world.Receiver.Next(Play.Error(500));

        (await _world.Get<DeliveryActions>().ResendAsync(Actor.System, endpoint, await _world.FindAsync(delivery.Id), Cancellation)).ShouldBeTrue();
        await _world.DeliverAsync();

        var again = await _world.FindAsync(delivery.Id);
        (again.State, again.Tries, again.Attempts).ShouldBe((DeliveryState.Pending, 1, 2));
        _world.Receiver.Requests.Select(request => request.Headers["webhook-id"]).ShouldBe([delivery.MessageId, delivery.MessageId]);
        (await _world.NextAttemptAsync(delivery.Id)).State.ShouldBe(DeliveryState.Delivered);
    }

    [Fact]
    public async Task Rotate_WithOverlap_SignsWithBothUntilItsEnd()
    {
        var first = await _world.CreateAsync();
        var second = await _world.Get<WebhookEdits>().RotateAsync(Actor.System, first.Endpoint, TimeSpan.FromHours(1), Cancellation);

        await _world.HappenAsync();
        await _world.DeliverAsync();
        _world.Time.Advance(TimeSpan.FromHours(1));
        await _world.HappenAsync();
        await _world.DeliverAsync();

        var (during, after) = (_world.Receiver.Requests[0], _world.Receiver.Requests[1]);
        during.Headers["webhook-signature"].ShouldBe(Sign(during, second.Secret!, first.Secret!));
        after.Headers["webhook-signature"].ShouldBe(Sign(after, second.Secret!));
    }

    [Fact]
    public async Task Test_OfAnEndpoint_TellsWhatCameOfIt_Once()
    {
        var endpoint = (await _world.CreateAsync()).Endpoint;
        _world.Receiver.Next(Play.Json("no such hook", 404));

        var (delivery, attempt) = await _world.Get<DeliveryActions>().TestAsync(Actor.System, endpoint, Cancellation);

        (attempt.Status, attempt.ResponseStart, delivery.State).ShouldBe((404, "no such hook", DeliveryState.Failed));
        _world.Time.Advance(TimeSpan.FromDays(1));
        (await _world.DeliverAsync()).ShouldBe(0);
        _world.Snapshot.Webhooks[endpoint.Id].IsEnabled.ShouldBeTrue();
    }

    [Fact]
    public async Task ChatChannel_GetsASentence_AndItsAddressStaysSecret()
    {
        var endpoint = (await _world.CreateAsync($"{_world.Receiver.BaseUrl}/services/T0/B0/secretpart", WebhookFormat.Slack)).Endpoint;
        _world.Receiver.Next(Play.Error(301, "moved to https://127.0.0.1/v1/services/T0/B0/secretpart", ("Location", "https://127.0.0.1/v1/services/T0/B0/secretpart")));
        var delivery = await _world.HappenAsync();
        await _world.DeliverAsync();

        var request = _world.Receiver.Requests.ShouldHaveSingleItem();
        var attempt = (await _world.Get<DeliveryQueries>().AttemptsAsync(delivery.Id, Cancellation)).ShouldHaveSingleItem();
        (attempt.Status, attempt.ResponseStart, attempt.ResponseHeaders.Count).ShouldBe((301, null, 0));
        (request.Path, request.Text).ShouldBe(("/v1/services/T0/B0/secretpart", """{"text":"A job &lt;failed&gt; &amp; more."}"""));
        request.Headers.Keys.ShouldNotContain("webhook-signature");
        endpoint.Url.AbsolutePath.ShouldBe("/");
        (await _world.Get<AuditQueries>().PageAsync(new AuditFilter(), 10, null, Cancellation)).Entries.ShouldAllBe(entry => !$"{entry.Before}{entry.After}".Contains("secretpart"));
    }

    [Fact]
    public async Task Event_OfATenant_ReachesItsEndpointsAndTheGatewaysThatTakeIt()
    {
        var tenant = _world.Snapshot.Tenants.Values.Single();
        var own = await _world.Get<WebhookEdits>().CreateAsync(Actor.System, new WebhookDraft(tenant.Id, $"{_world.Receiver.BaseUrl}/own", WebhookFormat.Standard, ["job.*"]), Cancellation);
        var all = await _world.CreateAsync(null, WebhookFormat.Standard, "job.failed");
        await _world.CreateAsync(null, WebhookFormat.Standard, "alert.*");

        await _world.HappenAsync(EventTypes.JobFailed, tenant.Id);
        await _world.HappenAsync(EventTypes.JobSucceeded, tenant.Id);
        await _world.HappenAsync(EventTypes.JobFailed);

        var deliveries = await _world.DeliveriesAsync();
        deliveries.Count(delivery => delivery.EndpointId == own.Endpoint.Id).ShouldBe(2);
        deliveries.Count(delivery => delivery.EndpointId == all.Endpoint.Id).ShouldBe(2);
        deliveries.Count.ShouldBe(4);
        deliveries.Where(delivery => delivery.TenantId == tenant.Id && delivery.EventType == EventTypes.JobFailed).Select(delivery => delivery.MessageId).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task Upkeep_DeletesWhatIsOldAndWhatLostItsEndpoint()
    {
        var endpoint = (await _world.CreateAsync()).Endpoint;
        await _world.HappenAsync();
        await _world.DeliverAsync();
        _world.Time.Advance(TimeSpan.FromDays(29));
        var young = await _world.HappenAsync();
        _world.Time.Advance(TimeSpan.FromDays(1));

        await _world.Get<DeliveryUpkeep>().CleanAsync(Cancellation);
        (await _world.DeliveriesAsync()).ShouldHaveSingleItem().Id.ShouldBe(young.Id);
        await _world.Get<WebhookEdits>().DeleteAsync(Actor.System, endpoint, Cancellation);

        // Whoever looks next finds the round done; an instance that looks later does the next one.
        await _world.Get<DeliveryUpkeep>().CleanAsync(Cancellation);
        (await _world.DeliveriesAsync()).ShouldHaveSingleItem();
        _world.Time.Advance(DeliveryUpkeep.Period);
        await _world.Get<DeliveryUpkeep>().CleanAsync(Cancellation);
        (await _world.DeliveriesAsync()).ShouldBeEmpty();
    }

    private static string Sign(ReceivedRequest request, params string[] secrets) =>
        WebhookSignature.Sign(secrets, request.Headers["webhook-id"], DateTimeOffset.FromUnixTimeSeconds(long.Parse(request.Headers["webhook-timestamp"])), request.Body);
}
