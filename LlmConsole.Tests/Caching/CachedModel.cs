using LlmConsole.Core.Caching;
using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Caching;

/// <summary>A scripted model whose tenant caches.</summary>
internal static class CachedModel
{
    public static readonly CachePolicy Exact = new() { Exact = new ExactCachePolicy { Enabled = true } };

    public static async Task<ScriptedModel> PublishAsync(RunningApp app, CachePolicy? policy = null)
    {
        var model = await ScriptedModel.PublishAsync(app);
        await model.SetPolicyAsync(policy ?? Exact);
        return model;
    }

    public static Task SetPolicyAsync(this ScriptedModel model, CachePolicy policy) =>
        model.App.PutAsync(model.App.Configuration.Tiers.Values.Single(tier => tier.Name == model.Name) with { Cache = policy });

    public static AnswerCache Cache(this RunningApp app) => app.Services.GetRequiredService<AnswerCache>();

    public static KeptAnswers Kept(this RunningApp app) => app.Services.GetRequiredService<KeptAnswers>();

    /// <summary>Sends the body with these headers, and reads the whole answer.</summary>
    public static async Task<HttpResponseMessage> PostAsync(this ScriptedModel model, string json, params (string Name, string Value)[] headers)
    {
        using var client = model.App.Client(model.Key);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public static string Verdict(this HttpResponseMessage answer) => answer.Headers.GetValues("x-llmconsole-cache").Single();

    /// <summary>Completes as soon as the condition holds; the test's own time-out ends the wait.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!condition()) await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
    }
}
