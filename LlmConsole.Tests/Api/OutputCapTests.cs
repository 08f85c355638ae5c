using System.Text.Json;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api;

/// <summary>A provider that ignores the most tokens that it may produce.</summary>
public sealed class OutputCapTests(AppFixture fixture) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private readonly TaskCompletionSource _never = new();
    private ScriptedModel _model = null!;

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.PublishAsync(fixture.App);

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Fact]
    public async Task Stream_BeyondTheCap_EndsAsOneThatReachedItsLength()
    {
        _model.Provider.Next(Play.Stream([Sse.Role(), .. Enumerable.Repeat<StreamStep>(Sse.Delta(" word"), 200), _never.Task]));

        var events = await (await _model.PostAsync(_model.Ask("\"stream\":true,\"max_tokens\":10,\"stream_options\":{\"include_usage\":true}"))).EventsAsync();

        await (await _model.Provider.RequestAsync()).Aborted.WaitAsync(TestContext.Current.CancellationToken);
        events[^1].ShouldBe("[DONE]");
        var usage = JsonElement.Parse(events[^2]);
        usage.GetProperty("usage").GetProperty("completion_tokens").GetInt64().ShouldBe(10);
        var last = JsonElement.Parse(events[^3]);
        last.GetProperty("id").GetString().ShouldBe("chatcmpl-1");
        last.GetProperty("choices").GetRawText().ShouldBe("""[{"index":0,"delta":{},"finish_reason":"length"}]""");
        var record = (await _model.RecordsAsync()).ShouldHaveSingleItem();
        (record.Outcome, record.FinishReason, record.OutputTokens, record.UsageSource).ShouldBe((Outcome.Answered, "length", 10, UsageSource.Estimated));
        record.Flags.HasFlag(UsageFlags.CappedByReservation).ShouldBeTrue();
    }

    [Fact]
    public async Task Stream_SeveralChoices_EndsThoseThatAreOpen()
    {
        static string Choice(int index, string text, string reason) => Sse.Chunk($$$"""{"index":{{{index}}},"delta":{"content":"{{{text}}}"},"finish_reason":{{{reason}}}}""");
        _model.Provider.Next(Play.Stream([Choice(1, "done", "\"stop\""), .. Enumerable.Repeat<StreamStep>(Choice(0, " word", "null"), 300), _never.Task]));

        var events = await (await _model.PostAsync(_model.Ask("\"stream\":true,\"max_tokens\":10,\"n\":3"))).EventsAsync();

        events[^1].ShouldBe("[DONE]");
        JsonElement.Parse(events[^2]).GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("index").GetInt32()).ShouldBe([0, 2]);
    }

    [Fact]
    public async Task Stream_AtTheCap_IsLeftAlone()
    {
        _model.Provider.Next(Play.Stream([.. Enumerable.Repeat<StreamStep>(Sse.Delta(" word"), 100), Sse.Finish("length"), Sse.Usage(9, 100), Sse.Done]));

        var events = await (await _model.PostAsync(_model.Ask("\"stream\":true,\"max_tokens\":100"))).EventsAsync();

        events.Count(data => data.Contains(" word", StringComparison.Ordinal)).ShouldBe(100);
        var record = (await _model.RecordsAsync()).ShouldHaveSingleItem();
        (record.OutputTokens, record.UsageSource, record.Flags).ShouldBe((100, UsageSource.Provider, UsageFlags.None));
    }

    /// <summary>Providers heed one of the names of the cap or the other, and of a name that stands twice the last.</summary>
    [Theory]
    [InlineData("\"max_completion_tokens\":10,\"max_tokens\":5000", "10", "10")]
    [InlineData("\"max_tokens\":5000,\"max_completion_tokens\":10", "10", "10")]
    [InlineData("\"max_tokens\":null", "50", "")]
    [InlineData("\"max_completion_tokens\":null", "50", "null")]
    [InlineData("\"max_completion_tokens\":null,\"max_tokens\":5000", "50", "null")]
    [InlineData("\"temperature\":1", "50", "")]
    public async Task Ask_HoweverTheCapIsNamed_TheProviderIsToldTheOneThatHolds(string fields, string older, string newer)
    {
        await fixture.App.PutAsync(fixture.App.Configuration.Tiers.Values.Single(tier => tier.Name == _model.Name) with { MaxOutputTokens = 50 });
        _model.Provider.Next(Play.Answer("a", promptTokens: 9, outputTokens: 5));

        await _model.PostAsync(_model.Ask(fields));

        using var asked = JsonDocument.Parse((await _model.Provider.RequestAsync()).Body, new JsonDocumentOptions { AllowDuplicateProperties = false });
        (Said("max_tokens"), Said("max_completion_tokens")).ShouldBe((older, newer));

        string Said(string name) => asked.RootElement.TryGetProperty(name, out var value) ? value.GetRawText() : "";
    }

    [Fact]
    public async Task Whole_SaysMoreThanTheCap_IsChargedTheCap()
    {
        _model.Provider.Next(Play.Answer("a", promptTokens: 9, outputTokens: 5_000));

        await _model.PostAsync(_model.Ask("\"max_tokens\":100"));

        var record = (await _model.RecordsAsync()).ShouldHaveSingleItem();
        (record.OutputTokens, record.Flags).ShouldBe((100, UsageFlags.Clamped));
    }
}
