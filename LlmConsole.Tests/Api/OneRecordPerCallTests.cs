using FsCheck.Fluent;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Routing;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api;

/// <summary>However calls end, and however many are under way at once: one record each, and as many attempts in the books as the provider saw requests.</summary>
public sealed class OneRecordPerCallTests : IAsyncLifetime
{
    private RunningApp _app = null!;

    // A target that fails this often would soon not be asked any more.
    public async ValueTask InitializeAsync() => _app = await RunningApp.StartAsync(services => services.AddSingleton(new HealthOptions { ConsecutiveFailures = int.MaxValue, MinimumCalls = int.MaxValue }));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>The ways that a call of the property can go, and what the books must say.</summary>
    private static readonly Dictionary<string, Outcome> Ways = new()
    {
        ["whole"] = Outcome.Answered,
        ["streamed"] = Outcome.Answered,
        ["bad value"] = Outcome.Refused,
        ["no such model"] = Outcome.Refused,
        ["provider fails"] = Outcome.Failed,
        ["provider resets"] = Outcome.Failed,
        ["provider refuses"] = Outcome.Failed,
        ["cut"] = Outcome.Incomplete,
        ["left while waiting"] = Outcome.Abandoned,
        ["left in the middle"] = Outcome.Abandoned,
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Endings_AnySequence_MatchUpstreamCallsOneToOne()
    {
        var sequences = Gen.Elements<string>([.. Ways.Keys]).NonEmptyListOf().Some(8, 20);
        sequences.ShouldNotBeEmpty();
        foreach (var sequence in sequences)
        {
            await using var model = await ScriptedModel.PublishAsync(_app);
            model.Provider.Otherwise = PlayAsWished;
            foreach (var way in sequence) await CallAsync(model, way, Guid.NewGuid());
            await BooksMatchAsync(model, sequence);
        }
    }

    [Fact]
    public async Task Endings_AllAtOnce_MatchUpstreamCallsOneToOne()
    {
        await using var model = await ScriptedModel.PublishAsync(_app);
        model.Provider.Otherwise = PlayAsWished;
        string[] ways = [.. Enumerable.Repeat(Ways.Keys, 5).SelectMany(way => way)];

        await Task.WhenAll(ways.Select(way => CallAsync(model, way, Guid.NewGuid())));

        await BooksMatchAsync(model, ways);
    }

    private static async Task BooksMatchAsync(ScriptedModel model, IReadOnlyCollection<string> ways)
    {
        var records = await model.RecordsAsync();
        var told = string.Join(", ", ways);
        records.Select(record => record.Outcome).Order().ShouldBe(ways.Select(way => Ways[way]).Order(), ignoreOrder: false, told);
        records.Select(record => record.RequestId).Distinct().Count().ShouldBe(ways.Count, told);
        records.Sum(record => record.Attempts).ShouldBe(model.Provider.Requests.Count, told);
        records.Count(record => record.Attempts == 1).ShouldBe(ways.Count(way => Ways[way] != Outcome.Refused), told);
        records.Where(record => record.Outcome is Outcome.Refused or Outcome.Failed).ShouldAllBe(record => record.Cost.Nanos == 0);
        records.Where(record => record.Outcome == Outcome.Answered).ShouldAllBe(record => record.Cost.Nanos == 9_000);
    }

    /// <summary>The message says which way to go, so that calls may be under way together.</summary>
    private static Task PlayAsWished(HttpContext context)
    {
        var message = context.Features.GetRequiredFeature<ReceivedRequest>().Json.GetProperty("messages")[0].GetProperty("content").GetString()!;
        var never = new TaskCompletionSource().Task;
        return message.Split('/')[0] switch
        {
            "provider fails" => Play.Error(500)(context),
            "provider refuses" => Play.Error(400)(context),
            "provider resets" => Play.Reset(context),
            "cut" => Play.Stream(Sse.Delta("a"), StreamStep.Cut)(context),
            "left while waiting" => Play.Stall(never, Play.Answer("late"))(context),
            "left in the middle" => Play.Stream(Sse.Delta("a"), never)(context),
            _ => Play.Answer("a", promptTokens: 5, outputTokens: 2)(context),
        };
    }

    private static async Task CallAsync(ScriptedModel model, string way, Guid call)
    {
        var isStream = way is "streamed" or "cut" or "left in the middle" || call.ToByteArray()[0] % 2 == 0;
        var body = model.Ask($"\"stream\":{(isStream ? "true" : "false")}{(way == "bad value" ? ",\"n\":0" : "")}", $"{way}/{call}");
        if (way == "no such model") body = body.Replace(model.Name, "no-such-model", StringComparison.Ordinal);

        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var asking = model.BeginAsync(body, leaving.Token);
        if (way == "left while waiting")
        {
            await model.Provider.RequestAsync(request => request.Text.Contains(call.ToString(), StringComparison.Ordinal));
            await leaving.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => asking);
            return;
        }

        using var answer = await asking;
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
        if (way == "left in the middle") await reader.ReadLineAsync(Cancellation);
        else await reader.ReadToEndAsync(Cancellation);
    }
}
