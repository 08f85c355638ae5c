using System.Net;
using System.Text;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api;

/// <summary>A key outlives the process that first saw it, and is known to all that share the database.</summary>
public sealed class IdempotencyAcrossInstancesTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Again_AfterARestart_IsTheSameAnswer(bool onPostgres)
    {
        var data = Directory.CreateTempSubdirectory("llmconsole-").FullName;
        (string, string)[] settings = onPostgres ? [("ConnectionStrings:Main", await postgres.NewDatabaseAsync())] : [];
        await using var first = await RunningApp.StartAsync(null, data, settings);
        await using var model = await ScriptedModel.PublishAsync(first);
        var text = await (await SendAsync(first, model)).TextAsync();
        await first.DisposeAsync();

        await using (var second = await RunningApp.StartAsync(null, data, settings))
        {
            var again = await SendAsync(second, model);
            again.Headers.GetValues("x-llmconsole-idempotent-replay").ShouldBe(["true"]);
            (await again.TextAsync()).ShouldBe(text);
        }

        text.ShouldEndWith("data: [DONE]\n\n");
        model.Provider.Requests.ShouldHaveSingleItem();
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task HundredAtOnce_OnTwoInstances_AskTheProviderOnce()
    {
        var database = ("ConnectionStrings:Main", await postgres.NewDatabaseAsync() + ";Maximum Pool Size=40");
        await using var first = await RunningApp.StartAsync(database);
        await using var model = await ScriptedModel.PublishAsync(first);

        // They share the data directory too, for its key ring: both must be able to read the provider's credential.
        await using var second = await RunningApp.StartAsync(null, first.DataDirectory, database);
        await second.Services.GetRequiredService<ConfigurationStore>().ReloadAsync(Cancellation);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => AskAsync(i % 2 == 0 ? first : second, model)));

        answers.ShouldAllBe(answer => (int)answer.StatusCode == 200 || (int)answer.StatusCode == 409);
        var texts = new List<string>();
        foreach (var app in (RunningApp[])[first, second]) texts.Add(await (await SendAsync(app, model)).TextAsync());
        texts.Distinct().ShouldHaveSingleItem().ShouldContain("Hello.");
        model.Provider.Requests.ShouldHaveSingleItem();
        await first.IdleAsync();
        await second.IdleAsync();
        (await RecordsAsync(model)).ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Answered);
    }

    /// <summary>Where a busy database keeps a call waiting for longer than the gateway does, the call isn't made: it is asked for again.</summary>
    private static async Task<HttpResponseMessage> AskAsync(RunningApp app, ScriptedModel model)
    {
        var answer = await SendAsync(app, model);
        return answer.StatusCode == HttpStatusCode.ServiceUnavailable ? await AskAsync(app, model) : answer;
    }

    /// <summary>What the other instance wrote down may come into the books by way of its journal.</summary>
    private static async Task<IReadOnlyList<UsageRecord>> RecordsAsync(ScriptedModel model)
    {
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            if (await model.RecordsAsync() is { Count: > 0 } records) return records;
            await ticks.WaitForNextTickAsync(Cancellation);
        }
    }

    private static async Task<HttpResponseMessage> SendAsync(RunningApp app, ScriptedModel model)
    {
        using var client = app.Client(model.Key);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(model.Ask("\"stream\":true"), Encoding.UTF8, "application/json"),
            Headers = { { "Idempotency-Key", "the-key" } },
        };
        return await client.SendAsync(request, Cancellation);
    }
}
