using System.Text.Json;
using System.Text.Json.Nodes;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Jobs.Pipelines;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace LlmConsole.Tests.Jobs.Pipelines;

/// <summary>An app whose host offers a pipeline of its own.</summary>
public sealed class PipelineApp : IAsyncLifetime
{
    public RunningApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync() => App = await RunningApp.StartAsync(services => services.AddPipeline<TalkPipeline>());

    public ValueTask DisposeAsync() => App.DisposeAsync();
}

/// <summary>A pipeline of the host's: asks by a stream, a chat client and a prompt function, and breaks where it is told to.</summary>
internal sealed class TalkPipeline : IJobPipeline
{
    public string Name => "talk";

    public string About => "Three answers in three ways.";

    public string Example => "{}";

    public IEnumerable<JobLine> Read(JsonElement input, Caller caller) => [new JobLine("only", JsonSerializer.SerializeToUtf8Bytes(input)) { Calls = [] }];

    public async Task<JsonNode?> RunAsync(JsonElement work, Func<string, Kernel> kernelOf, CancellationToken cancellation)
    {
        if (work.TryGetProperty("bug", out _)) throw new FormatException("a bug with a secret");
        var kernel = kernelOf(work.GetProperty("model").GetString()!);
        var streamed = string.Concat(await kernel.GetRequiredService<IChatCompletionService>().GetStreamingChatMessageContentsAsync("one", kernel: kernel, cancellationToken: cancellation).Select(part => part.Content).ToListAsync(cancellation));
        var client = (await kernel.GetRequiredService<IChatClient>().GetResponseAsync("two", cancellationToken: cancellation)).Text;
        var prompt = await kernel.InvokePromptAsync<string>("three", cancellationToken: cancellation);
        return new JsonArray(streamed, client, prompt);
    }
}

/// <summary>Pipelines on their way, against a provider that does what it is told.</summary>
public sealed class PipelineRunTests(PipelineApp fixture) : IClassFixture<PipelineApp>, IAsyncLifetime
{
    private const string Schema = """{"type":"object","properties":{"total":{"type":"integer","minimum":1}},"required":["total"],"additionalProperties":false}""";

    private ScriptedModel _model = null!;
    private JobClient _jobs = null!;

    public async ValueTask InitializeAsync()
    {
        _model = await ScriptedModel.PublishAsync(fixture.App);
        _jobs = new JobClient(fixture.App.Client(_model.Key));
    }

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Fact]
    public async Task Summary_OfALongDocument_IsMadeOfItsParts()
    {
        _model.Provider.Otherwise = context => Play.Answer(Said(context.Features.Get<ReceivedRequest>()!).Contains("Summarise the document", StringComparison.Ordinal) ? "whole" : "part")(context);
        var text = string.Join("\\n\\n", Enumerable.Range(0, 30).Select(i => $"Paragraph {i}. " + string.Concat(Enumerable.Repeat("The committee met and talked about it. ", 8))));

        var id = await _jobs.StartAsync($$$"""{"type":"pipeline","pipeline":"summarize","task":"reports","input":{"model":"{{{_model.Name}}}","partTokens":400,"words":40,"documents":[{"id":"long","text":"{{{text}}}"},"short"]}}""");
        var results = (await _jobs.ResultsAsync(id)).ToDictionary(result => result.CustomId());

        var parts = results["long"].GetProperty("body").GetProperty("parts").GetInt32();
        parts.ShouldBeGreaterThan(5);
        (results["long"].GetProperty("body").GetProperty("summary").GetString(), results["document-2"].GetProperty("body").GetProperty("parts").GetInt32()).ShouldBe(("whole", 1));
        var job = await _jobs.FindAsync(id);
        (job.Status(), job.Counts()).ShouldBe(("succeeded", (2, 2, 0)));
        var records = await _model.RecordsAsync();
        records.Count.ShouldBe(_model.Provider.Requests.Count);
        records.Count.ShouldBeGreaterThan(parts);
        records.ShouldAllBe(record => record.Task == "reports" && record.Outcome == Outcome.Answered);
        job.GetProperty("cost_usd").GetDecimal().ShouldBe(records.Sum(record => record.Cost.Dollars));
        results.Values.Sum(result => result.GetProperty("cost_usd").GetDecimal()).ShouldBe(job.GetProperty("cost_usd").GetDecimal());
        job.GetProperty("estimate").GetProperty("requests").GetInt32().ShouldBeGreaterThanOrEqualTo(records.Count);
        job.GetProperty("estimate").GetProperty("max_cost_usd").GetDecimal().ShouldBeGreaterThan(job.GetProperty("cost_usd").GetDecimal());
    }

    [Fact]
    public async Task Extract_OfAnAnswerThatDoesntFit_AsksAgainAndGivesUpAlone()
    {
        // Of the first document the second answer fits, of the second none does.
        _model.Provider.Otherwise = context =>
        {
            var said = Said(context.Features.Get<ReceivedRequest>()!);
            return Play.Answer(said.Contains("bad", StringComparison.Ordinal) ? "{\"total\":0}" : said.Contains("does not fit", StringComparison.Ordinal) ? "```json\n{\"total\":7}\n```" : "Seven.")(context);
        };

        var id = await _jobs.StartAsync(Extract("good", "bad"));
        var results = (await _jobs.ResultsAsync(id)).ToDictionary(result => result.CustomId());

        results["good"].GetProperty("body").GetProperty("total").GetInt32().ShouldBe(7);
        (results["bad"].Code(), results["bad"].GetProperty("error").GetProperty("message").GetString()).ShouldBe(("invalid_result", "None of 3 answers fits the schema; of the last one: /total: minimum."));
        (await _jobs.FindAsync(id)).Counts().ShouldBe((2, 1, 1));
        _model.Provider.Requests.Count.ShouldBe(5);
        _model.Provider.Requests[0].Json.GetProperty("response_format").GetProperty("type").GetString().ShouldBe("json_schema");
        results["bad"].GetProperty("cost_usd").GetDecimal().ShouldBeGreaterThan(0);

        // A retry asks anew, for the same answers would be no use again; what succeeded is left alone.
        _model.Provider.Otherwise = Play.Answer("{\"total\":9}");
        await _jobs.RetryAsync(id);
        (await _jobs.EndAsync(id)).Counts().ShouldBe((2, 2, 0));
        _model.Provider.Requests.Count.ShouldBe(6);
        var records = await _model.RecordsAsync();
        records.Count.ShouldBe(6);
        (await _jobs.FindAsync(id)).GetProperty("cost_usd").GetDecimal().ShouldBe(records.Sum(record => record.Cost.Dollars));
    }

    [Fact]
    public async Task Step_ThatTheProviderRefuses_FailsItsDocument_AndARetryKeepsTheOtherSteps()
    {
        var text = string.Join("\\n\\n", Enumerable.Range(0, 8).Select(i => $"Paragraph {i}. " + string.Concat(Enumerable.Repeat("The committee met and talked about it. ", 8))));
        _model.Provider.Next(Play.Error(500));
        var id = await _jobs.StartAsync($$$"""{"type":"pipeline","pipeline":"summarize","input":{"model":"{{{_model.Name}}}","partTokens":200,"documents":["{{{text}}}"]}}""");

        var failed = (await _jobs.ResultsAsync(id)).ShouldHaveSingleItem();
        failed.Code().ShouldBe("upstream_error");
        var answered = (await _model.RecordsAsync()).Count(record => record.Outcome == Outcome.Answered);
        await _jobs.RetryAsync(id);
        (await _jobs.EndAsync(id)).Status().ShouldBe("succeeded");

        // Nothing that was answered is asked again.
        var records = await _model.RecordsAsync();
        answered.ShouldBeGreaterThan(1);
        _model.Provider.Requests.Select(request => request.Text).Distinct().Count().ShouldBe(_model.Provider.Requests.Count - 1);
        records.Count(record => record.Outcome == Outcome.Failed).ShouldBe(1);
        (await _jobs.FindAsync(id)).GetProperty("cost_usd").GetDecimal().ShouldBe(records.Sum(record => record.Cost.Dollars));
    }

    [Fact]
    public async Task Pipeline_OfTheHost_TakesTheRoadInEveryWayThatAKernelAsks()
    {
        _model.Provider.Next(Play.Answer("1"), Play.Answer("2"), Play.Answer("3"));
        var id = await _jobs.StartAsync($$$"""{"type":"pipeline","pipeline":"talk","input":{"model":"{{{_model.Name}}}"}}""");

        var result = (await _jobs.ResultsAsync(id)).ShouldHaveSingleItem();
        result.TryGetProperty("body", out var body).ShouldBeTrue(result.ToString());
        body.ToString().ShouldBe("""["1","2","3"]""");
        (await _model.RecordsAsync()).Count.ShouldBe(3);
        _model.Provider.Requests.Select(request => Said(request).Trim()).ShouldBe(["one", "two", "three"]);
        (await _jobs.FindAsync(id)).GetProperty("estimate").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task Pipeline_WithABug_FailsWithoutSayingMoreThanThat()
    {
        var id = await _jobs.StartAsync("""{"type":"pipeline","pipeline":"talk","input":{"bug":true}}""");

        var failed = (await _jobs.ResultsAsync(id)).ShouldHaveSingleItem();
        failed.Code().ShouldBe("internal_error");
        failed.ToString().ShouldNotContain("secret");
    }

    [Fact]
    public async Task SpendLimit_InAPipeline_HoldsForItsSteps()
    {
        // The first step costs $0.000009; ten thousand output tokens of each may cost $0.02.
        var documents = string.Join(",", Enumerable.Range(0, 12).Select(i => $"\"document {i}\""));
        var id = await _jobs.StartAsync($$$"""{"type":"pipeline","pipeline":"summarize","spendLimitUsd":0.0201,"input":{"model":"{{{_model.Name}}}","maxOutputTokens":10000,"documents":[{{{documents}}}]}}""");

        var over = await _jobs.EndAsync(id);

        over.Status().ShouldBe("failed", over.ToString());
        over.Code().ShouldBe("spend_limit_reached");
        var (total, succeeded, failed) = over.Counts();
        succeeded.ShouldBeGreaterThan(0);
        (total, succeeded + failed, _model.Provider.Requests.Count).ShouldBe((12, 12, succeeded));
        over.GetProperty("cost_usd").GetDecimal().ShouldBeLessThan(0.0201m);
    }

    [Theory]
    [InlineData("""{"type":"pipeline","pipeline":"nobody","input":{}}""", "pipeline")]
    [InlineData("""{"type":"pipeline","input":{}}""", "pipeline")]
    [InlineData("""{"type":"pipeline","pipeline":"extract"}""", "input")]
    [InlineData("""{"type":"pipeline","pipeline":"extract","input":[]}""", "input")]
    [InlineData("""{"type":"pipeline","pipeline":"extract","input":{"model":"simulator/echo","documents":["x"]}}""", "input.schema")]
    [InlineData("""{"type":"pipeline","pipeline":"extract","input":{"model":"simulator/echo","documents":["x"],"schema":{"pattern":"(a+)+$"}}}""", "input.schema")]
    [InlineData("""{"type":"pipeline","pipeline":"extract","input":{"model":"simulator/echo","schema":{},"documents":["x",""]}}""", "input.documents[1]")]
    [InlineData("""{"type":"pipeline","pipeline":"summarize","input":{"documents":["x"]}}""", "input.model")]
    [InlineData("""{"type":"pipeline","pipeline":"summarize","input":{"model":"simulator/echo","documents":[]}}""", "requests")]
    [InlineData("""{"type":"pipeline","pipeline":"summarize","input":{"model":"simulator/echo","documents":["x"],"partTokens":3}}""", "input.partTokens")]
    [InlineData("""{"type":"pipeline","pipeline":"summarize","input":{"model":"simulator/echo","documents":["x"],"colour":3}}""", "input.colour")]
    [InlineData("""{"type":"batch","requests":[],"pipeline":"summarize"}""", "pipeline")]
    public async Task Submit_Wrong_NamesTheField(string body, string param)
    {
        var (status, refusal, _) = await _jobs.SubmitAsync(body);

        ((int)status, refusal.Param()).ShouldBe((400, param), refusal.ToString());
    }

    private string Extract(params string[] documents) =>
        $$$"""{"type":"pipeline","pipeline":"extract","input":{"model":"{{{_model.Name}}}","schema":{{{Schema}}},"documents":[{{{string.Join(",", documents.Select(text => $$"""{"id":"{{text}}","text":"{{text}}"}"""))}}}]}}""";

    /// <summary>All that a request says.</summary>
    private static string Said(ReceivedRequest request) => string.Join("\n", request.Json.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("content").ToString()));
}
