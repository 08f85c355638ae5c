using System.Net;
using System.Text.Json;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Routing;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api.Admin;

/// <summary>The test of a model: each of its targets is asked for a few words.</summary>
public sealed class ModelTestApiTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private readonly RunningApp _app = fixture.App;

    [Fact]
    public async Task Test_OneTargetAnswersAndOneRefuses_TellsOfEach()
    {
        await using var two = await TwoProviders.PublishAsync(_app, new ModelResilience { Retries = 2 });
        two.First.Otherwise = Play.Error(401, "key sk-upstream-0123456789 of account acct-1");
        await _app.PutAsync(two.Configured with { Targets = [two.Configured.Targets[0], two.Configured.Targets[1] with { Drained = true }] });
        var admin = await AdminClient.OfAsync(_app);

        var answer = (await admin.PostAsync($"models/{two.Model.Name}/test")).Expect(HttpStatusCode.OK);

        (answer["object"].GetString(), answer["model"].GetString(), answer["ok"].GetBoolean()).ShouldBe(("model.test", two.Model.Name, false));
        Told(answer).ShouldBe([(false, 401, $"{Name(two, 0)} answered 401: it doesn't accept the API key. Enter a valid key."), (true, 200, "It answers.")]);
        answer.Text.ShouldNotContain("acct-1");
        var request = two.Second.Requests.ShouldHaveSingleItem();
        (request.Json.GetProperty("max_tokens").GetInt32(), request.Json.GetProperty("stream").GetBoolean(), request.Json.GetProperty("model").GetString()).ShouldBe((16, true, two.Model.Name));
        two.First.Requests.Count.ShouldBe(1);

        // Nobody's call: no record, no health.
        (await two.Model.RecordsAsync()).ShouldBeEmpty();
        _app.Services.GetRequiredService<HealthBook>().Find(two.Configured.Targets[0].ProviderId, two.Model.Name).ShouldBeNull();
        (await admin.GetAsync($"audit?target={two.Configured.Id}"))["data"].EnumerateArray().Select(entry => entry.GetProperty("action").GetString()).ShouldContain("test");
    }

    [Theory]
    [InlineData(404, "it doesn't know the model")]
    [InlineData(307, "a redirect, which is not followed")]
    [InlineData(429, "it is throttling this account")]
    [InlineData(402, "nothing left to pay with")]
    [InlineData(500, "it has a problem of its own")]
    [InlineData(400, "refused the request: scripted failure")]
    public async Task Test_ProviderRefuses_SaysWhatToDo(int status, string words)
    {
        await using var model = await ScriptedModel.PublishAsync(_app);
        model.Provider.Otherwise = Play.Error(status);

        Told(await TestAsync(model)).ShouldHaveSingleItem().ShouldSatisfyAllConditions(told => told.Status.ShouldBe(status), told => told.Message.ShouldContain(words), told => told.Ok.ShouldBeFalse());
    }

    [Fact]
    public async Task Test_NoAnswerBehindA200_SaysThatItIsNone()
    {
        await using var model = await ScriptedModel.PublishAsync(_app);
        model.Provider.Otherwise = Play.Bytes("<html></html>"u8.ToArray(), 200, ("Content-Type", "text/html"));

        Told(await TestAsync(model)).ShouldHaveSingleItem().Message.ShouldContain("something that is no answer");
    }

    [Theory]
    [InlineData(ProviderKind.OpenAI, "/v1", "max_completion_tokens")]
    [InlineData(ProviderKind.AzureOpenAI, "/", "max_completion_tokens")]
    [InlineData(ProviderKind.Anthropic, "/", "max_tokens")]
    [InlineData(ProviderKind.Ollama, "/", "options")]
    public async Task Test_OfOtherVendors_AsksInTheirWordsForFewTokens(ProviderKind kind, string path, string field)
    {
        await using var server = await ScriptedProvider.StartAsync();
        server.Otherwise = kind switch { ProviderKind.Anthropic => ScriptedAnthropic.Answer, ProviderKind.Ollama => ScriptedOllama.Plain, _ => server.Otherwise };
        var model = await VendorModel.PublishAsync(_app, kind, new Uri(server.BaseUrl, path), "m");

        Told((await (await AdminClient.OfAsync(_app)).PostAsync($"models/{model}/test")).Expect(HttpStatusCode.OK)).ShouldBe([(true, 200, "It answers.")]);

        (await server.RequestAsync()).Json.GetProperty(field).GetRawText().ShouldContain("16");
    }

    [Fact]
    public async Task Test_NobodyThere_HasNoStatus()
    {
        await using var model = await ScriptedModel.PublishAsync(_app);
        var nobody = await _app.CreateProviderAsync(new Uri("http://127.0.0.1:1/v1"));
        await _app.PutAsync(_app.Configuration.FindModel(model.Name)! with { Targets = [new ModelTarget(nobody.Id, "m")] });

        var told = Told(await TestAsync(model)).ShouldHaveSingleItem();

        (told.Ok, told.Status, told.Message).ShouldBe((false, null, $"{nobody.Name} can't be reached (the connection failed). Check the base URL and that the server is up."));
    }

    [Fact]
    public async Task Test_ModelOfVectors_IsAskedForThose()
    {
        await using var model = await ScriptedModel.PublishAsync(_app);
        model.Provider.Next(Play.Error(404), Play.Json("""{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5]}],"model":"m","usage":{"prompt_tokens":1,"total_tokens":1}}"""));

        Told(await TestAsync(model)).ShouldBe([(true, 200, "It answers with embeddings.")]);
        model.Provider.Requests.Select(request => request.Path).ShouldBe(["/v1/chat/completions", "/v1/embeddings"]);
    }

    [Fact]
    public async Task Test_Pattern_NeedsANameThatItServes()
    {
        var admin = await AdminClient.OfAsync(_app);
        var pattern = (await admin.PostAsync("models", """{"name":"tested-*","targets":[{"provider":"Simulator","model":"*"}]}""")).Id;

        (await admin.PostAsync($"models/{pattern}/test")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "name");
        (await admin.PostAsync($"models/{pattern}/test?name=other")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "name");
        var known = await admin.PostAsync($"models/{_app.Configuration.FindModelByReference("simulator/*")!.Id}/test?name=simulator%2Fecho");

        Told(known).ShouldBe([(true, 200, "It answers.")]);
        (await admin.PostAsync("models/none/test")).ExpectError(HttpStatusCode.NotFound, "not_found");
    }

    private async Task<Answer> TestAsync(ScriptedModel model) => (await (await AdminClient.OfAsync(_app)).PostAsync($"models/{model.Name}/test")).Expect(HttpStatusCode.OK);

    private static IReadOnlyList<(bool Ok, int? Status, string Message)> Told(Answer answer) =>
        [.. answer["targets"].EnumerateArray().Select(target => (target.GetProperty("ok").GetBoolean(), target.GetProperty("status").ValueKind == JsonValueKind.Null ? (int?)null : target.GetProperty("status").GetInt32(), target.GetProperty("message").GetString()!))];

    private string Name(TwoProviders two, int target) => _app.Configuration.Providers[two.Configured.Targets[target].ProviderId].Name;
}
