using System.Text.Json;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api;

/// <summary>Streams that break off: what the caller gets, what is charged, and what the books tell of each attempt.</summary>
public sealed class RescueTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private const string Streamed = "\"max_tokens\":100,\"stream\":true,\"stream_options\":{\"include_usage\":true}";
    private static readonly Behaviour BreaksOff = Play.Stream(Sse.Role(), Sse.Delta("It was a dark and "), Sse.Delta("stormy"), StreamStep.Cut);

    [Fact]
    public async Task None_BreaksOff_TellsThePartialUsageAndAsksNobodyElse()
    {
        await using var two = await PublishAsync(RescueMode.None);
        two.First.Next(BreaksOff);

        var events = await AskAsync(two);

        Text(events).ShouldBe("It was a dark and stormy");
        var last = Json(events[^1]);
        last.GetProperty("error").GetProperty("code").GetString().ShouldBe("upstream_error");
        var record = (await two.Model.RecordsAsync()).ShouldHaveSingleItem();
        last.GetProperty("usage").GetProperty("completion_tokens").GetInt64().ShouldBe(record.OutputTokens);
        last.GetProperty("llmconsole").GetProperty("cost_usd").GetDecimal().ShouldBe(record.Cost.Dollars);
        (record.Outcome, record.WastedCost).ShouldBe((Outcome.Incomplete, Usd.Zero));
        record.Cost.ShouldBeGreaterThan(Usd.Zero);
        two.Second.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Hold_BreaksOff_GivesTheSecondAnswerAlone()
    {
        await using var two = await PublishAsync(RescueMode.Hold);
        two.First.Next(BreaksOff);
        two.Second.Next(Play.Answer("Once upon a time.", promptTokens: 10, outputTokens: 4));

        var events = await AskAsync(two);

        Text(events).ShouldBe("Once upon a time.");
        events[^1].ShouldBe("[DONE]");
        var record = (await two.Model.RecordsAsync()).ShouldHaveSingleItem();
        (record.Outcome, record.Attempts, record.InputTokens, record.OutputTokens, record.UsageSource).ShouldBe((Outcome.Answered, 2, 10, 4, UsageSource.Provider));
        record.Cost.ShouldBe(Usd.FromDollars(0.000018m));
        record.WastedCost.ShouldBeGreaterThan(Usd.Zero);
        var log = AttemptLog.Read(record.AttemptLog);
        log.Select(attempt => attempt.Error).ShouldBe(["upstream_error", null]);
        log[0].OutputTokens!.Value.ShouldBeGreaterThan(0);
        (log[1].PromptTokens, log[1].OutputTokens, log[1].ProviderId).ShouldBe((10, 4, two.Configured.Targets[1].ProviderId));
    }

    [Fact]
    public async Task Hold_EverybodyBreaksOff_IsAnErrorWithAStatusThatCostsNothing()
    {
        await using var two = await PublishAsync(RescueMode.Hold);
        two.First.Otherwise = two.Second.Otherwise = BreaksOff;

        var answer = await two.Model.PostAsync(two.Model.Ask(Streamed));

        ((int)answer.StatusCode).ShouldBe(502);
        var record = (await two.Model.RecordsAsync()).ShouldHaveSingleItem();
        (record.Outcome, record.Status, record.Cost, record.Attempts).ShouldBe((Outcome.Failed, 502, Usd.Zero, 2));
        record.WastedCost.ShouldBeGreaterThan(Usd.Zero);
    }

    [Fact]
    public async Task Hold_AnswerTooLongToBeHeld_PassesThrough()
    {
        await using var two = await PublishAsync(RescueMode.Hold);
        var long1 = new string('x', 1024 * 1024);
        two.First.Next(Play.Stream([Sse.Delta(long1), Sse.Delta(long1), Sse.Delta(long1), Sse.Delta(long1), Sse.Delta(long1), Sse.Finish(), Sse.Done]));

        var events = await (await two.Model.PostAsync(two.Model.Ask("\"stream\":true"))).EventsAsync();

        Text(events).Length.ShouldBe(5 * long1.Length);
        events[^1].ShouldBe("[DONE]");
    }

    [Fact]
    public async Task Continue_TargetTakesAPrefill_GoesOnFromTheText()
    {
        await using var two = await PublishAsync(RescueMode.Continue, acceptsPrefill: true);
        two.First.Next(BreaksOff);
        two.Second.Next(Play.Stream(Sse.Event("""{"id":"other","created":1,"model":"other","choices":[{"index":0,"delta":{"role":"assistant","content":" night."},"finish_reason":null}]}"""), Sse.Finish(), Sse.Usage(30, 2), Sse.Done));

        var events = await AskAsync(two);

        Text(events).ShouldBe("It was a dark and stormy night.");
        events[^1].ShouldBe("[DONE]");
        var messages = two.Second.Requests.ShouldHaveSingleItem().Json.GetProperty("messages");
        two.Second.Requests[0].Json.GetProperty("max_tokens").GetInt32().ShouldBeInRange(90, 99);
        messages[messages.GetArrayLength() - 1].GetRawText().ShouldBe("""{"role":"assistant","content":"It was a dark and stormy"}""");
        Ids(events).Distinct().Count().ShouldBe(1);
        var record = (await two.Model.RecordsAsync()).ShouldHaveSingleItem();
        var log = AttemptLog.Read(record.AttemptLog);
        record.OutputTokens.ShouldBe(log[0].OutputTokens!.Value + 2);
        record.InputTokens.ShouldBe(log[0].PromptTokens!.Value);
        record.WastedCost.ShouldBe(Usd.FromDollars(0.000030m));
        (record.Outcome, record.FinishReason).ShouldBe((Outcome.Answered, "stop"));
        var usage = events.Select(data => data == "[DONE]" ? default : Json(data)).Single(chunk => chunk.ValueKind == JsonValueKind.Object && chunk.TryGetProperty("usage", out var own) && own.ValueKind == JsonValueKind.Object);
        usage.GetProperty("usage").GetProperty("completion_tokens").GetInt64().ShouldBe(record.OutputTokens);
    }

    [Fact]
    public async Task Continue_OtherTargetSaysTheSame_GoesOnWhereItDiffersNot()
    {
        await using var two = await PublishAsync(RescueMode.Continue);
        two.First.Next(BreaksOff);
        two.Second.Next(Play.Stream(Sse.Role(), Sse.Delta("It was a"), Sse.Delta(" dark and stormy ni"), Sse.Delta("ght."), Sse.Finish(), Sse.Usage(10, 7), Sse.Done));

        var events = await AskAsync(two);

        Text(events).ShouldBe("It was a dark and stormy night.");
        events[^1].ShouldBe("[DONE]");
        var record = (await two.Model.RecordsAsync()).ShouldHaveSingleItem();
        (record.Outcome, record.InputTokens, record.OutputTokens, record.UsageSource, record.Cost).ShouldBe((Outcome.Answered, 10, 7, UsageSource.Provider, Usd.FromDollars(0.000024m)));
        record.WastedCost.ShouldBeGreaterThan(Usd.Zero);
        two.Second.Requests.ShouldHaveSingleItem().Json.GetProperty("messages").GetArrayLength().ShouldBe(1);
    }

    [Theory]
    [InlineData("It was a bright and stormy night.")]
    [InlineData("It was a dark and storm")]
    [InlineData("it was a dark and stormy night.")]
    public async Task Continue_OtherTargetSaysSomethingElse_IsTheFirstFailure(string other)
    {
        await using var two = await PublishAsync(RescueMode.Continue);
        two.First.Next(BreaksOff);
        two.Second.Next(Play.Answer(other));

        var events = await AskAsync(two);

        Text(events).ShouldBe("It was a dark and stormy");
        Json(events[^1]).GetProperty("error").GetProperty("message").GetString()!.ShouldContain(ProviderName(two, 0));
        var record = (await two.Model.RecordsAsync()).ShouldHaveSingleItem();
        (record.Outcome, record.ProviderId).ShouldBe((Outcome.Incomplete, two.Configured.Targets[0].ProviderId));
        AttemptLog.Read(record.AttemptLog).Select(attempt => attempt.Error).ShouldBe(["upstream_error", "diverged"]);
        record.WastedCost.ShouldBeGreaterThan(Usd.Zero);
    }

    [Fact]
    public async Task Continue_OtherTargetComplains_IsTheFirstFailure()
    {
        await using var two = await PublishAsync(RescueMode.Continue, acceptsPrefill: true);
        two.First.Next(BreaksOff);
        two.Second.Otherwise = Play.Error(400, "prefill is not supported");

        var events = await AskAsync(two);

        Text(events).ShouldBe("It was a dark and stormy");
        var message = Json(events[^1]).GetProperty("error").GetProperty("message").GetString()!;
        message.ShouldContain(ProviderName(two, 0));
        message.ShouldNotContain("prefill");
    }

    [Fact]
    public async Task Continue_TargetRepeatsThePrefill_IsNotSaidTwice()
    {
        await using var two = await PublishAsync(RescueMode.Continue, acceptsPrefill: true);
        two.First.Next(BreaksOff);
        two.Second.Next(Play.Stream(Sse.Delta("It was a dark"), Sse.Delta(" and stormy night."), Sse.Finish(), Sse.Done));

        Text(await AskAsync(two)).ShouldBe("It was a dark and stormy night.");
    }

    [Fact]
    public async Task Continue_ToolCall_IsNotGoneOnWith()
    {
        await using var two = await PublishAsync(RescueMode.Continue);
        two.First.Next(Play.Stream(Sse.Chunk("""{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{"}}]}}"""), StreamStep.Cut));

        var events = await AskAsync(two);

        Json(events[^1]).TryGetProperty("error", out _).ShouldBeTrue();
        two.Second.Requests.ShouldBeEmpty();
    }

    private Task<TwoProviders> PublishAsync(RescueMode rescue, bool acceptsPrefill = false) =>
        TwoProviders.PublishAsync(fixture.App, new ModelResilience { Rescue = rescue, Retries = 0 }, acceptsPrefill);

    private static async Task<IReadOnlyList<string>> AskAsync(TwoProviders two) => await (await two.Model.PostAsync(two.Model.Ask(Streamed))).EventsAsync();

    private static string ProviderName(TwoProviders two, int target) => two.Model.App.Configuration.Providers[two.Configured.Targets[target].ProviderId].Name;

    private static IEnumerable<string?> Ids(IReadOnlyList<string> events) => events.Where(data => data.Contains("\"delta\"", StringComparison.Ordinal)).Select(data => Json(data).GetProperty("id").GetString());

    private static JsonElement Json(string data) => JsonSerializer.Deserialize<JsonElement>(data);

    private static string Text(IReadOnlyList<string> events) => string.Concat(events.Where(data => data.Contains("\"delta\"", StringComparison.Ordinal))
        .SelectMany(data => Json(data).GetProperty("choices").EnumerateArray()).Select(choice => choice.GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : ""));
}
