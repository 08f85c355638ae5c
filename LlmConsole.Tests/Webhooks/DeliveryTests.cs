using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using LlmConsole.Core.Webhooks;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Webhooks;

/// <summary>Deliveries to a receiver that stalls, redirects, floods, lies, and sometimes does what it should.</summary>
public sealed class DeliveryTests : IAsyncLifetime
{
    private WebhookWorld _world = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _world = await WebhookWorld.StartAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Delivery_ThatIsTaken_IsSignedAndLogged()
    {
        var issued = await _world.CreateAsync();
        _world.Receiver.Next(Play.Json("thank you", 202, ("x-receiver", "r1")));
        var delivery = await _world.HappenAsync();

        (await _world.DeliverAsync()).ShouldBe(1);

        var request = _world.Receiver.Requests.ShouldHaveSingleItem();
        request.Headers["webhook-id"].ShouldBe(delivery.MessageId);
        request.Headers["content-type"].ShouldBe("application/json");
        var at = DateTimeOffset.FromUnixTimeSeconds(long.Parse(request.Headers["webhook-timestamp"]));
        at.ShouldBe(_world.Time.GetUtcNow());
        request.Headers["webhook-signature"].ShouldBe(WebhookSignature.Sign([issued.Secret!], delivery.MessageId, at, request.Body));
        (request.Json.GetProperty("type").GetString(), request.Json.GetProperty("data").GetProperty("id").GetString(), request.Json.GetProperty("timestamp").GetDateTimeOffset()).ShouldBe(("job.failed", "job_1", at));
        (await _world.FindAsync(delivery.Id)).State.ShouldBe(DeliveryState.Delivered);
        var attempt = (await _world.AttemptsAsync(delivery.Id)).ShouldHaveSingleItem();
        (attempt.Status, attempt.ResponseStart, attempt.Error).ShouldBe((202, "thank you", null));
        attempt.RequestHeaders.ShouldContain(new HeaderLine("webhook-id", delivery.MessageId));
        attempt.ResponseHeaders.ShouldContain(new HeaderLine("x-receiver", "r1"));
        (await _world.DeliverAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Receiver_ThatFails_IsTriedAgainOnScheduleWithTheSameId()
    {
        await _world.CreateAsync();
        _world.Receiver.Otherwise = Play.Error(500);
        var delivery = await _world.HappenAsync();
        await _world.DeliverAsync();

        (await _world.DeliverAsync()).ShouldBe(0);
        var waits = new List<double>();
        for (var tries = 1; tries < DeliverySchedule.Length; tries++)
        {
            waits.Add(((await _world.FindAsync(delivery.Id)).NextAt - _world.Time.GetUtcNow()).TotalSeconds);
            await _world.NextAttemptAsync(delivery.Id);
        }

        waits[0].ShouldBeInRange(5, 5.6);
        waits[^1].ShouldBeInRange(86_400, 95_041);
        var over = await _world.FindAsync(delivery.Id);
        (over.State, over.Attempts, over.LastStatus).ShouldBe((DeliveryState.Failed, 10, 500));
        _world.Receiver.Requests.Select(request => request.Headers["webhook-id"]).Distinct().ShouldBe([delivery.MessageId]);
        _world.Receiver.Requests.Select(request => request.Headers["webhook-timestamp"]).Distinct().Count().ShouldBe(10);
        _world.Receiver.Requests.Select(request => request.Text).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task Attempts_Always_AreCountedByWhatCameOfThem()
    {
        var counted = new ConcurrentQueue<string>();
        var here = new AsyncLocal<bool> { Value = true };
        using var listener = new MeterListener { InstrumentPublished = static (instrument, listener) => { if (instrument.Name == "llmconsole.webhook.deliveries") listener.EnableMeasurementEvents(instrument); } };

        // Other tests' worlds count into the same meter, from flows of their own.
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => { if (here.Value) counted.Enqueue($"{tags[0].Key} {tags[0].Value}"); });
        listener.Start();
        await _world.CreateAsync();
        _world.Receiver.Next(Play.Error(500), Play.Json("{}"), Play.Error(410));
        var retried = await _world.HappenAsync();
        await _world.DeliverAsync();
        await _world.NextAttemptAsync(retried.Id);
        await _world.HappenAsync();
        await _world.DeliverAsync();

        counted.ShouldBe(["result retry", "result delivered", "result failed"]);
    }

    [Fact]
    public async Task Receiver_ThatStalls_IsGivenUpAfter15Seconds()
    {
        await _world.CreateAsync();
        _world.Receiver.Next(Play.Stall(new TaskCompletionSource().Task, Play.Json("{}")));
        var delivery = await _world.HappenAsync();

        var delivering = _world.DeliverAsync();
        var request = await _world.Receiver.RequestAsync();
        _world.Time.Advance(WebhookSender.Timeout - TimeSpan.FromMilliseconds(1));
        delivering.IsCompleted.ShouldBeFalse();
        _world.Time.Advance(TimeSpan.FromMilliseconds(1));

        await delivering;
        await request.Aborted.WaitAsync(Cancellation);
        (await _world.AttemptsAsync(delivery.Id))[0].Error.ShouldBe("No answer within 15 seconds.");
        (await _world.FindAsync(delivery.Id)).State.ShouldBe(DeliveryState.Pending);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(308)]
    public async Task Receiver_ThatRedirects_FailsAndIsNotFollowed(int status)
    {
        await _world.CreateAsync();
        _world.Receiver.Next(Play.Json("", status, ("Location", $"{_world.Receiver.BaseUrl}/elsewhere")));
        var delivery = await _world.HappenAsync();

        await _world.DeliverAsync();

        _world.Receiver.Requests.ShouldHaveSingleItem().Path.ShouldBe("/v1/hook");
        var attempt = (await _world.AttemptsAsync(delivery.Id))[0];
        attempt.Status.ShouldBe(status);
        attempt.Error.ShouldNotBeNull().ShouldContain("not followed");
    }

    [Fact]
    public async Task Receiver_ThatFloods_IsCutOffAfterTheStart()
    {
        await _world.CreateAsync();
        _world.Receiver.Next(Play.Stream(Play.Endless));
        var delivery = await _world.HappenAsync();

        await _world.DeliverAsync();

        await _world.Receiver.Requests[0].Aborted.WaitAsync(Cancellation);
        var attempt = (await _world.AttemptsAsync(delivery.Id))[0];
        attempt.Status.ShouldBe(200);
        attempt.ResponseStart.ShouldBe(new string('x', DeliveryAttempt.MaxTextLength));
    }

    [Fact]
    public async Task Receiver_ThatLiesAboutItsAnswer_ChangesNothingButTheLog()
    {
        await _world.CreateAsync();
        _world.Receiver.Next(async context =>
        {
            context.Response.ContentLength = 1_000_000;
            context.Response.Headers["content-encoding"] = "gzip";
            for (var i = 0; i < 60; i++) context.Response.Headers[$"x-{i}"] = new string('y', 400);
            await context.Response.Body.WriteAsync("a\0b"u8.ToArray(), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            throw new IOException("The script cuts the answer.");
        });
        var delivery = await _world.HappenAsync();

        await _world.DeliverAsync();

        (await _world.FindAsync(delivery.Id)).State.ShouldBe(DeliveryState.Delivered);
        var attempt = (await _world.AttemptsAsync(delivery.Id))[0];
        attempt.ResponseHeaders.Count.ShouldBeLessThanOrEqualTo(40);
        (attempt.ResponseStart ?? "a\uFFFDb").ShouldBe("a\uFFFDb");
    }

    [Fact]
    public async Task Receiver_ThatTalksNoHttp_FailsInWords()
    {
        await _world.CreateAsync();
        _world.Receiver.Next(Play.Reset);
        var delivery = await _world.HappenAsync();
        await _world.DeliverAsync();

        (await _world.FindAsync(delivery.Id)).LastError.ShouldBe("The connection broke off before there was an answer, or it wasn't HTTP.");
    }

    [Fact]
    public async Task RetryAfter_OfAReceiver_IsHonoured()
    {
        await _world.CreateAsync();
        _world.Receiver.Next(Play.Error(503, "later", ("Retry-After", "3600")));
        var delivery = await _world.HappenAsync();
        await _world.DeliverAsync();

        ((await _world.FindAsync(delivery.Id)).NextAt - _world.Time.GetUtcNow()).ShouldBe(TimeSpan.FromHours(1));
    }
}
