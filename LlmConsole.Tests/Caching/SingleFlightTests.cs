using System.Net;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Caching;

/// <summary>Identical calls at the same time ask a provider once, whatever becomes of the call that asked.</summary>
public sealed class SingleFlightTests : IAsyncLifetime
{
    private RunningApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await RunningApp.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Complete_ThreeHundredAtOnce_AskOnce()
    {
        const int Calls = 300;
        await using var model = await CachedModel.PublishAsync(_app);
        var gate = new TaskCompletionSource();
        model.Provider.Next(Play.Stream(Sse.Role(), Sse.Delta("Hel"), gate.Task, Sse.Delta("lo"), Sse.Finish(), Sse.Usage(5, 2), Sse.Done));
        var calls = Enumerable.Range(0, Calls).Select(i => model.PostAsync(model.Ask(i % 2 == 0 ? "\"stream\":true" : "\"stream\":true,\"stream_options\":{\"include_usage\":true}"))).ToArray();
        await CachedModel.UntilAsync(() => _app.Cache().Flights.Followers == Calls - 1);
        gate.SetResult();
        var answers = await Task.WhenAll(calls);

        model.Provider.Requests.Count.ShouldBe(1);
        answers.Select(answer => answer.StatusCode).Distinct().ShouldBe([HttpStatusCode.OK]);
        foreach (var answer in answers)
        {
            var text = await answer.TextAsync();
            text.ShouldContain("\"Hel\"");
            text.ShouldContain("\"lo\"");
            text.ShouldEndWith("data: [DONE]\n\n");
        }

        var records = await model.RecordsAsync();
        records.Count.ShouldBe(Calls);
        records.Count(record => record is { Cache: CacheVerdict.Exact, Cost.Nanos: 0, SavedTokens: 7, Outcome: Outcome.Answered }).ShouldBe(Calls - 1);
        records.Count(record => record.Cache == CacheVerdict.Miss && record.Cost.Nanos == 9_000).ShouldBe(1);
        (_app.Cache().Flights.Count, _app.Cache().Memory.Count).ShouldBe((0, 1));
    }

    [Fact]
    public async Task Complete_TheLeaderHangsUp_FollowersGetTheWholeAnswer()
    {
        const int Followers = 299;
        await using var model = await CachedModel.PublishAsync(_app);
        var gate = new TaskCompletionSource();
        model.Provider.Next(Play.Stream(Sse.Role(), Sse.Delta("Hel"), gate.Task, Sse.Delta("lo"), Sse.Finish(), Sse.Usage(5, 2), Sse.Done));
        var leader = await model.BeginAsync(model.Ask("\"stream\":true"));
        var calls = Enumerable.Range(0, Followers).Select(i => model.PostAsync(model.Ask(i % 2 == 0 ? "\"stream\":true" : ""))).ToArray();
        await CachedModel.UntilAsync(() => _app.Cache().Flights.Followers == Followers);
        leader.Dispose();
        await CachedModel.UntilAsync(() => _app.Cache().Flights.HaveLostLeader == 1);
        gate.SetResult();
        var answers = await Task.WhenAll(calls);

        model.Provider.Requests.Count.ShouldBe(1);
        foreach (var answer in answers) (await answer.TextAsync()).ShouldContain(answer.Content.Headers.ContentType!.MediaType == "application/json" ? "Hello" : "\"lo\"");
        var records = await model.RecordsAsync();
        records.Count(record => record.Cache == CacheVerdict.Exact && record.Outcome == Outcome.Answered).ShouldBe(Followers);
        var lead = records.Single(record => record.Cache == CacheVerdict.Miss);
        (lead.Outcome, lead.Cost.Nanos).ShouldBe((Outcome.Abandoned, 9_000L));
        using var later = await model.PostAsync(model.Ask());
        later.Verdict().ShouldBe("exact");
    }

    [Fact]
    public async Task Complete_UsageStandsBesideTheLastChoice_FollowersAreNotToldWhatTheLeaderPays()
    {
        const string Last = """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"upstream-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}""";
        await using var model = await CachedModel.PublishAsync(_app);
        var gate = new TaskCompletionSource();
        model.Provider.Next(Play.Stream(Sse.Role(), Sse.Delta("Hel"), gate.Task, Sse.Event(Last), Sse.Done));
        using var leader = await model.BeginAsync(model.Ask("\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
        using var follower = await model.BeginAsync(model.Ask("\"stream\":true"));
        gate.SetResult();

        (await leader.TextAsync()).ShouldContain("\"llmconsole\":{\"cost_usd\":0.000009}");
        var last = (await follower.EventsAsync())[^2];
        last.ShouldBe(Last.Replace("""{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}""", "null", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Complete_EverybodyHangsUp_TheProviderIsStopped()
    {
        await using var model = await CachedModel.PublishAsync(_app);
        model.Provider.Next(Play.Stream(Sse.Role(), Sse.Delta("Hel"), new TaskCompletionSource().Task));
        var leader = await model.BeginAsync(model.Ask("\"stream\":true"));
        var follower = await model.BeginAsync(model.Ask("\"stream\":true"));
        var upstream = model.Provider.Requests[0].Aborted;
        leader.Dispose();
        await CachedModel.UntilAsync(() => _app.Cache().Flights.HaveLostLeader == 1);
        upstream.IsCompleted.ShouldBeFalse();
        follower.Dispose();
        await upstream.WaitAsync(TestContext.Current.CancellationToken);

        (await model.RecordsAsync()).Select(record => record.Outcome).ShouldBe([Outcome.Abandoned, Outcome.Abandoned], ignoreOrder: true);
        _app.Cache().Flights.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Complete_TheLeaderFailsBeforeItsFirstByte_AFollowerLeads()
    {
        await using var model = await CachedModel.PublishAsync(_app);
        var gate = new TaskCompletionSource();
        model.Provider.Next(Play.Stall(gate.Task, Play.Error(500)));
        var calls = Enumerable.Range(0, 5).Select(_ => model.PostAsync(model.Ask())).ToArray();
        await CachedModel.UntilAsync(() => _app.Cache().Flights.Followers == 4);
        gate.SetResult();
        var answers = await Task.WhenAll(calls);

        answers.Count(answer => answer.StatusCode == HttpStatusCode.BadGateway).ShouldBe(1);
        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(4);
        model.Provider.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Complete_TheProviderFailsForEveryone_IsAskedTwice()
    {
        await using var model = await CachedModel.PublishAsync(_app);
        var gate = new TaskCompletionSource();
        model.Provider.Otherwise = Play.Stall(gate.Task, Play.Error(500));
        var calls = Enumerable.Range(0, 12).Select(_ => model.PostAsync(model.Ask())).ToArray();
        await CachedModel.UntilAsync(() => _app.Cache().Flights.Followers == 11);
        gate.SetResult();
        var answers = await Task.WhenAll(calls);

        answers.ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.BadGateway);
        model.Provider.Requests.Count.ShouldBe(2);
        (await model.RecordsAsync()).Count.ShouldBe(12);
    }

    [Fact]
    public async Task Complete_TheLeaderBreaksOffInTheMiddle_FollowersAreToldAndGetNoOtherAnswer()
    {
        await using var model = await CachedModel.PublishAsync(_app);
        var gate = new TaskCompletionSource();
        model.Provider.Next(Play.Stream(Sse.Role(), Sse.Delta("Hel"), gate.Task, StreamStep.Cut));
        using var leader = await model.BeginAsync(model.Ask("\"stream\":true"));
        using var follower = await model.BeginAsync(model.Ask("\"stream\":true"));
        gate.SetResult();

        foreach (var text in new[] { await leader.TextAsync(), await follower.TextAsync() })
        {
            text.ShouldContain("\"Hel\"");
            text.ShouldContain("\"error\"");
            text.ShouldNotContain("[DONE]");
        }

        model.Provider.Requests.Count.ShouldBe(1);
        (await model.RecordsAsync()).Select(record => (record.Outcome, record.Cache, record.Cost > LlmConsole.Core.Usd.Zero)).ShouldBe(
            [(Outcome.Incomplete, CacheVerdict.Miss, true), (Outcome.Incomplete, CacheVerdict.Miss, false)], ignoreOrder: true);
    }

    [Fact]
    public async Task Complete_AFollowerOutOfTime_IsRefusedAlone()
    {
        await using var model = await CachedModel.PublishAsync(_app);
        var gate = new TaskCompletionSource();
        model.Provider.Next(Play.Stall(gate.Task, Play.Answer("Hello.")));
        var leader = model.PostAsync(model.Ask());
        await model.Provider.RequestAsync();
        using var follower = await model.PostAsync(model.Ask(), ("x-llmconsole-timeout", "0.05"));
        gate.SetResult();
        using var answer = await leader;

        (follower.StatusCode, answer.StatusCode).ShouldBe((HttpStatusCode.GatewayTimeout, HttpStatusCode.OK));
    }

    [Fact]
    public async Task Complete_OtherTenants_NeverFollow()
    {
        await using var model = await CachedModel.PublishAsync(_app);
        var other = await _app.CreateTenantAsync(Guid.NewGuid().ToString("N"), tier: model.Name);
        var key = await _app.IssueKeyAsync(other.Name);
        var gate = new TaskCompletionSource();
        model.Provider.Next(Play.Stall(gate.Task, Play.Answer("Theirs.")), Play.Answer("Mine."));
        var theirs = model.PostAsync(model.Ask());
        await model.Provider.RequestAsync();
        using var client = _app.Client(key);
        using var mine = await client.PostAsync("/v1/chat/completions", new StringContent(model.Ask(), System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        gate.SetResult();
        using var done = await theirs;

        (await mine.TextAsync()).ShouldContain("Mine.");
        (mine.Verdict(), done.Verdict()).ShouldBe(("miss", "miss"));
    }
}
