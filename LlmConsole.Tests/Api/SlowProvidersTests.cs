using System.Net;
using System.Net.Sockets;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Api.Admin;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api;

/// <summary>Providers that take their time, by a clock that the tests move: what happens when which deadline passes.</summary>
public sealed class SlowProvidersTests(SteppedAppFixture stepped) : IClassFixture<SteppedAppFixture>
{
    private const int Callers = 40;
    private static readonly Task Never = new TaskCompletionSource().Task;

    private readonly SteppedTime _time = stepped.Time;
    private readonly RunningApp _app = stepped.App;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Outage_OfSilenceAtLoad_OpensInSecondsAndEndsByOneProbe()
    {
        await using var model = await PublishAsync(new ModelTimeouts { FirstTokenSeconds = 3, IdleSeconds = 3, TotalSeconds = 20 }, new ModelResilience { Retries = 2 });
        var (started, gate) = (_time.GetUtcNow(), new TaskCompletionSource());
        model.Provider.Otherwise = Play.Stall(Never, Play.Answer("late"));

        var calls = Enumerable.Range(0, Callers).Select(_ => model.PostAsync(model.Ask("\"stream\":true"))).ToList();
        await model.Provider.RequestsAsync(Callers);
        _time.Advance(TimeSpan.FromSeconds(3));
        (await Task.WhenAll(calls)).ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.GatewayTimeout);

        (HealthOf(model).State, HealthOf(model).Since - started).ShouldBe((TargetState.Open, TimeSpan.FromSeconds(3)));
        await RefusesAsync(model);
        model.Provider.Requests.Count.ShouldBe(Callers);

        // Once its pause is over, one call finds out, and the others don't wait for it.
        _time.Advance(TimeSpan.FromSeconds(5));
        model.Provider.Next(Play.Stall(gate.Task, Play.Answer("well again")));
        model.Provider.Otherwise = Play.Answer("well again");
        var probe = model.PostAsync(model.Ask("\"stream\":true"));
        await model.Provider.RequestsAsync(Callers + 1);
        await RefusesAsync(model);
        gate.SetResult();
        (await (await probe).TextAsync()).ShouldContain("well again");
        (await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => model.PostAsync(model.Ask())))).ShouldAllBe(answer => answer.IsSuccessStatusCode);

        var records = await model.RecordsAsync();
        records.Sum(record => record.Attempts).ShouldBe(model.Provider.Requests.Count);
        records.ShouldAllBe(record => record.DurationMs <= 3_000);
    }

    [Fact]
    public async Task Total_ProviderDripsForEver_EndsAtTheDeadlineToTheSecond()
    {
        await using var model = await PublishAsync(new ModelTimeouts { FirstTokenSeconds = 10, IdleSeconds = 10, TotalSeconds = 20 });
        var (second, third) = (new TaskCompletionSource(), new TaskCompletionSource());
        model.Provider.Next(Play.Stream(Sse.Role(), Sse.Delta("drip"), second.Task, Sse.Delta("drop"), third.Task, Sse.Delta("drip"), Never));

        using var answer = await model.BeginAsync(model.Ask("\"stream\":true"));
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
        await ReadToAsync(lines, "drip");
        _time.Advance(TimeSpan.FromSeconds(9));
        second.SetResult();
        await ReadToAsync(lines, "drop");
        _time.Advance(TimeSpan.FromSeconds(9));
        third.SetResult();
        await ReadToAsync(lines, "drip");
        _time.Advance(TimeSpan.FromSeconds(2));
        var rest = await lines.ReadToEndAsync(Cancellation);

        rest.ShouldContain("\"code\":\"timeout\"");
        rest.ShouldNotContain("[DONE]");
        var record = (await model.RecordsAsync()).ShouldHaveSingleItem();
        (record.Outcome, record.DurationMs).ShouldBe((Outcome.Incomplete, 20_000));
        HealthOf(model).ConsecutiveFailures.ShouldBe(0);
    }

    [Theory]
    [InlineData(ProviderKind.OpenAICompatible, "/v1")]
    [InlineData(ProviderKind.Anthropic, "/")]
    [InlineData(ProviderKind.Ollama, "/")]
    public async Task Connect_DoesNotStandInTime_IsUnreachableLongBeforeTheFirstTokenIsDue(ProviderKind kind, string path)
    {
        // Nobody accepts here, and the queue of those who wait for that is full: the next connection hangs.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var address = (IPEndPoint)listener.LocalEndPoint!;
        using var first = new TcpClient();
        await first.ConnectAsync(address, Cancellation);
        await using var model = await PublishAsync(new ModelTimeouts { ConnectSeconds = 7, FirstTokenSeconds = 60, TotalSeconds = 120 });
        var full = await _app.CreateProviderAsync(new Uri($"http://{address}{path}"), "sk-upstream-0123456789", kind);
        var configured = _app.Configuration.FindModel(model.Name)!;
        await _app.PutAsync(configured with { Targets = [new ModelTarget(full.Id, "m"), configured.Targets[0] with { Group = 1 }] });

        var waiting = _time.NextWaitOf(TimeSpan.FromSeconds(7));
        var asking = model.PostAsync(model.Ask("\"stream\":true"));
        await waiting;
        _time.Advance(TimeSpan.FromSeconds(7));

        (await (await asking).TextAsync()).ShouldContain("Hello.");
        var attempts = AttemptLog.Read((await model.RecordsAsync()).ShouldHaveSingleItem().AttemptLog);
        attempts.Select(attempt => (attempt.Error, attempt.DurationMs)).ShouldBe([("upstream_error", 7_000), (null, 0)]);
    }

    [Fact]
    public async Task Connect_TlsIsNeverAgreedOn_IsUnreachableAsWell()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var model = await PublishAsync(new ModelTimeouts { ConnectSeconds = 7, FirstTokenSeconds = 60, TotalSeconds = 120 });
        var mute = await _app.CreateProviderAsync(new Uri($"https://{listener.LocalEndpoint}/v1"), "sk-upstream-0123456789");
        var configured = _app.Configuration.FindModel(model.Name)!;
        await _app.PutAsync(configured with { Targets = [new ModelTarget(mute.Id, "m"), configured.Targets[0] with { Group = 1 }] });

        var asking = model.PostAsync(model.Ask());
        using var connection = await listener.AcceptTcpClientAsync(Cancellation);
        await connection.GetStream().ReadExactlyAsync(new byte[1], Cancellation);
        _time.Advance(TimeSpan.FromSeconds(7));

        (await (await asking).TextAsync()).ShouldContain("Hello.");
        var attempts = AttemptLog.Read((await model.RecordsAsync()).ShouldHaveSingleItem().AttemptLog);
        attempts.Select(attempt => (attempt.Error, attempt.DurationMs)).ShouldBe([("upstream_error", 7_000), (null, 0)]);
    }

    [Fact]
    public async Task Hold_ProviderFallsSilent_TellsTheClientOfLifeAndThenTheWholeAnswer()
    {
        await using var model = await PublishAsync(new ModelTimeouts(), new ModelResilience { Rescue = RescueMode.Hold });
        var gate = new TaskCompletionSource();
        model.Provider.Next(Play.Stream(Sse.Role(), Sse.Delta("Hel"), gate.Task, Sse.Delta("lo"), Sse.Finish(), Sse.Usage(5, 2), Sse.Done));

        var waiting = _time.NextWaitOf(TimeSpan.FromSeconds(15));
        var asking = model.BeginAsync(model.Ask("\"stream\":true"));
        await waiting;
        asking.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(15));

        using var answer = await asking;
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
        (await lines.ReadLineAsync(Cancellation)).ShouldBe(": keep-alive");
        gate.SetResult();
        var rest = await lines.ReadToEndAsync(Cancellation);
        rest.IndexOf("Hel", StringComparison.Ordinal).ShouldBeInRange(0, rest.IndexOf("\"lo\"", StringComparison.Ordinal));
        rest.ShouldEndWith("data: [DONE]\n\n");
        (await model.RecordsAsync()).ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Answered);
    }

    [Fact]
    public async Task Drill_Slow_IsAnsweredLateByTheSimulatorAtNoCost()
    {
        await using var model = await PublishAsync(new ModelTimeouts());
        var admin = await AdminClient.OfAsync(_app);
        var drill = (await admin.PostAsync("drills", $$"""{"model":"{{model.Name}}","fault":"slow"}""")).Expect(HttpStatusCode.Created).Id;

        var waiting = _time.NextWaitOf(Drill.Slowness);
        var asking = model.PostAsync(model.Ask("\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
        await waiting;
        asking.IsCompleted.ShouldBeFalse();
        _time.Advance(Drill.Slowness);

        var answer = await asking;
        var text = await answer.TextAsync();
        answer.Headers.GetValues("x-llmconsole-model").ShouldBe(["fire-drill"]);
        text.ShouldContain("\"cost_usd\":0}");
        text.ShouldEndWith("data: [DONE]\n\n");
        string.Concat((await answer.EventsAsync()).SkipLast(1).Select(data => ChunkText.Read(System.Text.Encoding.UTF8.GetBytes(data)))).ShouldStartWith("Fire drill: this is a simulated answer.");
        model.Provider.Requests.ShouldBeEmpty();
        var record = (await model.RecordsAsync()).ShouldHaveSingleItem();
        (record.Outcome, record.ModelServed, record.DurationMs, record.TotalTokens, record.Cost, record.WastedCost).ShouldBe((Outcome.Answered, "fire-drill", 5_000, 0, Usd.Zero, Usd.Zero));
        var report = (await admin.GetAsync($"drills/{drill}"))["report"];
        (report.GetProperty("affected").GetInt32(), report.GetProperty("servedAnyway").GetInt32(), report.GetProperty("addedLatencyMs").GetDouble(), report.GetProperty("addedCost").GetDecimal()).ShouldBe((1, 1, 5_000, 0));
    }

    [Fact]
    public async Task Drill_SlowUnderAnIdempotencyKeyWithACache_LeavesNoTraceInEither()
    {
        await using var model = await PublishAsync(new ModelTimeouts());
        var tier = _app.Configuration.Tiers.Values.Single(tier => tier.Name == model.Name);
        await _app.PutAsync(tier with { Cache = new CachePolicy { Exact = new ExactCachePolicy { Enabled = true } } });
        var admin = await AdminClient.OfAsync(_app);
        var drill = (await admin.PostAsync("drills", $$"""{"model":"{{model.Name}}","fault":"slow"}""")).Id;
        using var client = _app.Client(model.Key);
        client.DefaultRequestHeaders.Add("Idempotency-Key", "once");

        var waiting = _time.NextWaitOf(Drill.Slowness);
        var asking = PostAsync();
        await waiting;
        _time.Advance(Drill.Slowness);
        (await (await asking).TextAsync()).ShouldContain("Fire drill");
        (await admin.DeleteAsync($"drills/{drill}")).Expect(HttpStatusCode.NoContent);
        var again = await PostAsync();

        (await again.TextAsync()).ShouldContain("Hello.");
        again.Headers.GetValues("x-llmconsole-cache").ShouldBe(["miss"]);
        again.Headers.Contains("x-llmconsole-idempotent-replay").ShouldBeFalse();

        Task<HttpResponseMessage> PostAsync() => client.PostAsync("/v1/chat/completions", new StringContent(model.Ask("\"temperature\":0"), null, "application/json"), Cancellation);
    }

    [Fact]
    public async Task Drill_SlowerThanTheFirstTokenMayBe_FallsBack()
    {
        await using var model = await PublishAsync(new ModelTimeouts { FirstTokenSeconds = 4 });
        await using var second = await ScriptedModel.PublishAsync(_app);
        await _app.PutAsync(_app.Configuration.FindModel(model.Name)! with { Fallbacks = [second.Name] });
        await (await AdminClient.OfAsync(_app)).PostAsync("drills", $$"""{"model":"{{model.Name}}","fault":"slow"}""");

        var waiting = _time.NextWaitOf(Drill.Slowness);
        var asking = model.PostAsync(model.Ask("\"stream\":true"));
        await waiting;
        _time.Advance(TimeSpan.FromSeconds(4));

        (await (await asking).TextAsync()).ShouldContain("Hello.");
        (model.Provider.Requests.Count, second.Provider.Requests.Count).ShouldBe((0, 1));
    }

    [Fact]
    public async Task Drill_SlowEmbeddings_AreTheProvidersOwn()
    {
        await using var model = await PublishAsync(new ModelTimeouts());
        await (await AdminClient.OfAsync(_app)).PostAsync("drills", $$"""{"model":"{{model.Name}}","fault":"slow"}""");
        model.Provider.Otherwise = Play.Json("""{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5]}],"model":"m","usage":{"prompt_tokens":1,"total_tokens":1}}""");
        using var client = _app.Client(model.Key);

        using var answer = await client.PostAsync("/v1/embeddings", new StringContent($$"""{"model":"{{model.Name}}","input":"hi"}""", null, "application/json"), Cancellation);

        (await answer.TextAsync()).ShouldContain("[0.5]");
    }

    private static async Task RefusesAsync(ScriptedModel model)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, Callers / 2).Select(_ => model.PostAsync(model.Ask("\"stream\":true"))));
        answers.ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.ServiceUnavailable && answer.Headers.RetryAfter != null);
    }

    private static async Task ReadToAsync(StreamReader lines, string word)
    {
        while (await lines.ReadLineAsync(Cancellation) is { } line)
        {
            if (line.Contains(word, StringComparison.Ordinal)) return;
        }

        Assert.Fail($"The answer ended before it said {word}.");
    }

    private TargetStatus HealthOf(ScriptedModel model)
    {
        var target = _app.Configuration.FindModel(model.Name)!.Targets[0];
        return _app.Services.GetRequiredService<HealthBook>().Find(target.ProviderId, target.Model)!;
    }

    private Task<ScriptedModel> PublishAsync(ModelTimeouts timeouts, ModelResilience? resilience = null) =>
        ScriptedModel.PublishAsync(_app, with: model => model with { Timeouts = timeouts, Resilience = resilience ?? new ModelResilience { Retries = 0 } });
}
