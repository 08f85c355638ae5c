using System.Text;
using System.Text.Json;
using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Api.Admin;
using LlmConsole.Tests.Authentication;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Hosting;

/// <summary>A collector receives spans and metrics under the names and units of the conventions, and finds each call by its request id.</summary>
public sealed class OtlpTests(TracedApp traced) : IClassFixture<TracedApp>
{
    private const string Streamed = "\"max_tokens\":100,\"stream\":true";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private RunningApp App => traced.App;

    private OtlpCollector Collector => traced.Collector;

    [Fact]
    public async Task Spans_OfACallAndItsAttempts_FollowTheConventions()
    {
        await using var two = await TwoProviders.PublishAsync(App, new ModelResilience { Retries = 1 });
        two.First.Next(Play.Error(500));
        two.Second.Next(Play.Error(503));

        var (call, attempts) = await Collector.CallAsync(await AskAsync(two.Model, ""));

        (call.Name, call.Kind, call.IsError).ShouldBe(($"chat {two.Model.Name}", OtlpSpanKind.Internal, false));
        Of(call, "gen_ai.operation.name", "gen_ai.request.model", "gen_ai.provider.name", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "llmconsole.attempts").ShouldBe(["chat", two.Model.Name, "openai-compatible", "5", "2", "3"]);
        attempts.ShouldAllBe(attempt => attempt.Kind == OtlpSpanKind.Client && attempt.TraceId == call.TraceId && attempt.Name == $"chat {two.Model.Name}");
        attempts.ShouldAllBe(attempt => Of(attempt, "gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "server.address").SequenceEqual(new[] { "chat", "openai-compatible", two.Model.Name, "127.0.0.1" }));
        attempts.Select(attempt => Of(attempt, "llmconsole.attempt", "llmconsole.attempt.reason", "server.port", "error.type", "gen_ai.response.model", "gen_ai.usage.output_tokens")).ShouldBe(
        [
            ["1", "first", $"{two.First.BaseUrl.Port}", "upstream_error", null, null],
            ["2", "next_target", $"{two.Second.BaseUrl.Port}", "overloaded", null, null],
            ["3", "retry", $"{two.First.BaseUrl.Port}", null, two.Model.Name, "2"],
        ]);
        attempts.Select(attempt => attempt.IsError).ShouldBe([true, true, false]);
        attempts.Zip(attempts.Skip(1)).ShouldAllBe(pair => pair.First.End <= pair.Second.Start);
        attempts.ShouldAllBe(attempt => attempt.Start <= attempt.End && attempt.End <= call.End);
    }

    [Fact]
    public async Task Spans_OfARescue_TellWhatBothTargetsUsed()
    {
        await using var two = await TwoProviders.PublishAsync(App, new ModelResilience { Rescue = RescueMode.Hold, Retries = 0 });
        two.First.Next(Play.Stream(Sse.Role(), Sse.Delta("It was a dark and stormy"), StreamStep.Cut));

        var (call, attempts) = await Collector.CallAsync(await AskAsync(two.Model, Streamed));

        attempts.Select(attempt => Of(attempt, "llmconsole.attempt.reason", "error.type")).ShouldBe([["first", "upstream_error"], ["rescue", null]]);
        attempts.ShouldAllBe(attempt => long.Parse(attempt.Attributes["gen_ai.usage.output_tokens"], System.Globalization.CultureInfo.InvariantCulture) > 0);
        call.IsError.ShouldBeFalse();
    }

    [Fact]
    public async Task Spans_OfAFallbackAndOfEmbeddings_AreNamedByModelAndOperation()
    {
        await using var model = await ScriptedModel.PublishAsync(App, with: model => model with { Fallbacks = ["simulator/echo"] });
        model.Provider.Next(Play.Error(500));

        var (_, attempts) = await Collector.CallAsync(await AskAsync(model, ""));
        var (embedding, asked) = await Collector.CallAsync(await PostAsync(model.Key, "v1/embeddings", """{"model":"simulator/embed","input":"hello"}"""));

        attempts.Select(attempt => (attempt.Name, attempt.Attributes["llmconsole.attempt.reason"], attempt.Attributes["gen_ai.provider.name"])).ShouldBe([($"chat {model.Name}", "first", "openai-compatible"), ("chat echo", "fallback", "llmconsole.simulator")]);
        attempts[1].Attributes.ShouldNotContainKey("server.address");
        (embedding.Name, asked.ShouldHaveSingleItem().Name).ShouldBe(("embeddings simulator/embed", "embeddings simulator/embed"));
    }

    [Fact]
    public async Task Metrics_AfterACall_HaveTheNamesAndUnitsOfTheConventions()
    {
        await PostAsync(await App.IssueKeyAsync(), "v1/chat/completions", """{"model":"simulator/echo","stream":true,"messages":[{"role":"user","content":"hello my friend"}]}""");

        await Collector.UntilAsync(collector => collector.Metrics.ContainsKey("llmconsole.requests"));

        Collector.Metrics.Where(metric => metric.Key.StartsWith("gen_ai.", StringComparison.Ordinal)).OrderBy(metric => metric.Key).Select(metric => (metric.Key, metric.Value)).ShouldBe(
        [
            ("gen_ai.client.operation.duration", "s"), ("gen_ai.client.token.usage", "{token}"), ("gen_ai.server.request.duration", "s"), ("gen_ai.server.time_per_output_token", "s"), ("gen_ai.server.time_to_first_token", "s"),
        ]);
    }

    [Fact]
    public async Task Resource_IsNamedAsTheStandardVariablesSay()
    {
        await Collector.UntilAsync(collector => collector.Metrics.Count > 0);

        Collector.Text.ShouldContain(TracedApp.ServiceName);
        Collector.Text.ShouldContain("tests-of-traces");
    }

    [Fact]
    public async Task RequestId_OfAFailedCall_IsInTheAnswerTheLogTheTraceTheBooksAndTheConsole()
    {
        await using var model = await ScriptedModel.PublishAsync(App);
        model.Provider.Next(Play.Error(500));
        await BrowserSession.CreateOwnerAsync(App);
        using var session = new BrowserSession(App);
        await session.SignInAsync("owner@example.com");

        using var answer = await model.PostAsync(model.Ask());
        var id = answer.Headers.GetValues("x-request-id").Single();
        await App.IdleAsync();

        ((int)answer.StatusCode).ShouldBe(502);
        JsonElement.Parse(await answer.TextAsync()).GetProperty("error").GetProperty("request_id").GetString().ShouldBe(id);
        App.Log.Lines.ShouldContain(line => line.Contains(id, StringComparison.Ordinal) && line.Contains("Failed 502", StringComparison.Ordinal));
        var (call, attempts) = await Collector.CallAsync(id);
        Of(call, "error.type", "llmconsole.attempts").ShouldBe(["upstream_error", "1"]);
        attempts.ShouldHaveSingleItem().IsError.ShouldBeTrue();
        (await model.RecordsAsync()).ShouldHaveSingleItem().RequestId.ShouldBe(id);
        (await (await AdminClient.OfAsync(App)).GetAsync($"requests/{id}"))["errorCode"].GetString().ShouldBe("upstream_error");
        (await session.Client.GetStringAsync(new Uri($"/admin/requests?call={id}", UriKind.Relative), Cancel)).ShouldContain($"<code>{id}</code>");
    }

    private async Task<string> AskAsync(ScriptedModel model, string fields) => await PostAsync(model.Key, "v1/chat/completions", model.Ask(fields));

    private async Task<string> PostAsync(string key, string path, string json)
    {
        using var client = App.Client(key);
        using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), new StringContent(json, Encoding.UTF8, "application/json"), Cancel);
        answer.EnsureSuccessStatusCode();
        return answer.Headers.GetValues("x-request-id").Single();
    }

    private static string?[] Of(OtlpSpan span, params string[] attributes) => [.. attributes.Select(attribute => span.Attributes.GetValueOrDefault(attribute))];
}
