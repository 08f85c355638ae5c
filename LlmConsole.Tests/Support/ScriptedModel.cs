using System.Net.Http.Headers;
using System.Text;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;

namespace LlmConsole.Tests.Support;

/// <summary>A model of the app that a scripted provider serves, and a key of an unlimited tenant to call it with: the least that a call on the whole road needs.</summary>
public sealed class ScriptedModel : IAsyncDisposable
{
    private readonly HttpClient _client;

    private ScriptedModel(RunningApp app, ScriptedProvider provider, string name, string key)
    {
        (App, Provider, Name, Key) = (app, provider, name, key);
        _client = app.Client(key);
    }

    public RunningApp App { get; }
    public ScriptedProvider Provider { get; }

    /// <summary>The public name; the provider knows it by the same.</summary>
    public string Name { get; }
    public string Key { get; }

    public static async Task<ScriptedModel> PublishAsync(RunningApp app, string? upstreamName = null, Func<Model, Model>? with = null)
    {
        var provider = await ScriptedProvider.StartAsync();
        var name = $"m-{Guid.NewGuid():N}";
        await app.CreateTierAsync(name);
        await app.CreateTenantAsync(name, tier: name);
        await app.PublishModelAsync(name, provider.BaseUrl, upstreamName, with);
        return new ScriptedModel(app, provider, name, await app.IssueKeyAsync(name));
    }

    /// <summary>A request with one message and these further fields, such as <c>"stream":true</c>.</summary>
    public string Ask(string fields = "", string text = "hi") =>
        $$"""{"model":"{{Name}}","messages":[{"role":"user","content":"{{text}}"}]{{(fields.Length > 0 ? "," : "")}}{{fields}}}""";

    /// <summary>Sends the body, byte for byte, and reads the whole answer.</summary>
    public Task<HttpResponseMessage> PostAsync(string json) => PostAsync(Encoding.UTF8.GetBytes(json));

    /// <inheritdoc cref="PostAsync(string)"/>
    public Task<HttpResponseMessage> PostAsync(byte[] json) => SendAsync(json, HttpCompletionOption.ResponseContentRead, TestContext.Current.CancellationToken);

    /// <summary>Sends the body and returns when the answer has begun. Disposing the answer drops the connection.</summary>
    public Task<HttpResponseMessage> BeginAsync(string json, CancellationToken? cancellation = null) =>
        SendAsync(Encoding.UTF8.GetBytes(json), HttpCompletionOption.ResponseHeadersRead, cancellation ?? TestContext.Current.CancellationToken);

    /// <summary>The books of this key once every call has ended.</summary>
    public Task<IReadOnlyList<UsageRecord>> RecordsAsync() => App.RecordsOfAsync(Key);

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return Provider.DisposeAsync();
    }

    private Task<HttpResponseMessage> SendAsync(byte[] json, HttpCompletionOption until, CancellationToken cancellation)
    {
        var content = new ByteArrayContent(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        return _client.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = content }, until, cancellation);
    }
}

public static class AnswerReading
{
    /// <summary>The data of each event of a stream.</summary>
    public static async Task<IReadOnlyList<string>> EventsAsync(this HttpResponseMessage answer) =>
        [.. (await answer.TextAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => line["data: ".Length..])];

    public static Task<string> TextAsync(this HttpResponseMessage answer) => answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
}
