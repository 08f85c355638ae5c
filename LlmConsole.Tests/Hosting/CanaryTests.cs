using System.Net;
using System.Text;
using LlmConsole.Tests.Api.Admin;
using LlmConsole.Tests.Authentication;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Hosting;

/// <summary>
/// Secrets and prompts that can be told from everything else go through the whole app, in calls that succeed and calls that fail, and are then looked for in all that
/// it says, shows, exports and stores. What may be found where: prompts and documents of jobs, in the database, where they wait for the job to be run.
/// </summary>
public sealed class CanaryTests(TracedApp traced) : IClassFixture<TracedApp>, IAsyncLifetime
{
    private const string ProviderKey = "sk-canaryprovider0123456789";
    private const string Channel = "canarychannel9876543210";
    private const string Prompt = "canaryprompt1029384756";
    private const string Password = "canarypassword1122334455";
    private const string JobPrompt = "canaryjobprompt5647382910";
    private const string Document = "canarydocument6574839201";

    /// <summary>A provider's own words about a request that it refuses go to whoever sent it, but no further.</summary>
    private const string Quoted = "400";

    private readonly Dictionary<string, string> _canaries = new() { ["provider's key"] = ProviderKey, ["channel's address"] = Channel, ["prompt"] = Prompt, ["job's prompt"] = JobPrompt, ["job's document"] = Document, ["password"] = Password };

    /// <summary>What the app said, by where.</summary>
    private readonly List<(string Where, string Text)> _said = [];
    private ScriptedProvider _outside = null!;
    private AdminClient _admin = null!;
    private HttpClient _caller = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private RunningApp App => traced.App;

    public async ValueTask InitializeAsync()
    {
        _outside = await ScriptedProvider.StartAsync();
        var admin = await App.IssueAdminKeyAsync();
        _canaries["admin key"] = admin[11..];
        _admin = new AdminClient(App.Client(admin));
        await BrowserSession.CreateOwnerAsync(App);
        await ConfigureAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _caller.Dispose();
        await _outside.DisposeAsync();
    }

    [Fact]
    public async Task Canaries_AfterAWalkThroughEverything_AreNowhereInClear()
    {
        await CallAsync();
        var (job, pipeline) = (await RunJobAsync(), await RunPipelineAsync());
        await LookAsync(job, pipeline);
        await App.IdleAsync();
        await traced.Collector.UntilAsync(collector => collector.Metrics.ContainsKey("llmconsole.requests") && collector.Text.Contains("canary/model", StringComparison.Ordinal));

        // They were really used.
        _outside.Requests.ShouldContain(request => request.Headers.GetValueOrDefault("Authorization") == $"Bearer {ProviderKey}" && request.Text.Contains(Prompt, StringComparison.Ordinal));
        _outside.Requests.ShouldContain(request => request.Path.Contains(Channel, StringComparison.Ordinal));
        _outside.Requests.ShouldContain(request => request.Path.EndsWith("/hook", StringComparison.Ordinal) && request.Headers.GetValueOrDefault("webhook-signature", "").Contains(' '));
        foreach (var text in (string[])[JobPrompt, Document])
        {
            _outside.Requests.ShouldContain(request => request.Text.Contains(text, StringComparison.Ordinal));
            Stored().ShouldContain(file => file.Text.Contains(text, StringComparison.Ordinal));
        }

        App.Log.Events.ShouldContain(line => line.Level <= Serilog.Events.LogEventLevel.Debug);

        _said.AddRange(App.Log.Events.Select(line => ("log", $"{line.RenderMessage(System.Globalization.CultureInfo.InvariantCulture)} {string.Join(' ', line.Properties)} {line.Exception}")));
        _said.Add(("OTLP", traced.Collector.Text));
        _said.AddRange(_outside.Requests.Where(request => request.Path.EndsWith("/hook", StringComparison.Ordinal) || request.Path.Contains(Channel, StringComparison.Ordinal)).Select(request => ("webhook", request.Text)));
        Found(_said).ShouldBe([$"prompt in {Quoted}"]);
        Found(Stored()).Where(found => !found.StartsWith("job's", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    private IEnumerable<string> Found(IEnumerable<(string Where, string Text)> said) =>
        (from place in said from canary in _canaries where place.Text.Contains(canary.Value, StringComparison.Ordinal) select $"{canary.Key} in {place.Where}").Distinct();

    private async Task ConfigureAsync()
    {
        Say("provider", await _admin.PostAsync("providers", $$"""{"name":"canary","kind":"openai-compatible","baseUrl":"{{_outside.BaseUrl}}","apiKey":"{{ProviderKey}}"}"""));
        Say("model", await _admin.PostAsync("models", """{"name":"canary/model","targets":[{"provider":"canary","model":"m"}],"retries":0,"prices":{"inputPerMillion":1,"outputPerMillion":2}}"""));
        var key = (await _admin.PostAsync("keys", """{"tenant":"Default","name":"canary"}""")).Expect(HttpStatusCode.Created)["key"].GetString()!;
        var hook = await _admin.PostAsync("webhooks", $$"""{"tenant":null,"url":"{{_outside.BaseUrl}}/hook","events":["*"]}""");
        var rotated = (await _admin.PostAsync($"webhooks/{hook.Id}/rotate", """{"overlapSeconds":86400}""")).Expect(HttpStatusCode.OK);
        (_canaries["key"], _canaries["webhook's old secret"], _canaries["webhook's secret"]) = (key[10..], SecretOf(hook.Expect(HttpStatusCode.Created)), SecretOf(rotated));
        Say("channel", await _admin.PostAsync("webhooks", $$"""{"tenant":null,"format":"slack","url":"{{_outside.BaseUrl}}/{{Channel}}","events":["*"]}"""));
        var rule = await _admin.PostAsync("alert-rules", """{"kind":"target-down"}""");
        Say("rule", rule);
        Say("rehearsal", await _admin.PostAsync($"alert-rules/{rule.Id}/test"));
        _caller = App.Client(key);
    }

    /// <summary>Calls of all endings, some to a provider that repeats what it was sent.</summary>
    private async Task CallAsync()
    {
        var echo = $"Incorrect API key {ProviderKey}: {Prompt}";
        _outside.Next(
            Play.Answer("fine"), Play.Answer("fine"), Play.Answer("fine"), Play.Error(500, echo), Play.Error(401, echo), Play.Error(400, echo),
            Play.Stream(Sse.Role(), Sse.Delta("fi"), Sse.Event($$$"""{"error":{"message":"{{{ProviderKey}}}","code":400}}""")), Play.Stream(Sse.Event($$$"""{"error":{"message":"{{{ProviderKey}}}","type":"invalid_request_error"}}""")), Play.Stream(Sse.Role(), Sse.Delta("fi"), StreamStep.Cut), Play.Error(429, echo, ("retry-after-ms", "1")));
        await AskAsync("answered", Body());
        await AskAsync("streamed", Body("\"stream\":true"));
        await AskAsync("repeatable", Body(), ("Idempotency-Key", "canary"));
        foreach (var ending in (string[])["500", "401", Quoted]) await AskAsync(ending, Body());
        foreach (var ending in (string[])["error event", "error at once", "cut"]) await AskAsync(ending, Body("\"stream\":true"));
        await AskAsync("429", Body());
        await AskAsync("unknown model", Body().Replace("canary/model", "no-such-model", StringComparison.Ordinal));
        await AskAsync("bad value", Body("\"max_tokens\":-1"));
        await AskAsync("not JSON", Body()[..^1]);
        await AskAsync("nonsense", "{\"model\":\"canary/model\",\"" + Prompt);
        using var mistyped = App.Client(_caller.DefaultRequestHeaders.Authorization!.Parameter + "x");
        using var refused = await mistyped.PostAsync(new Uri("v1/chat/completions", UriKind.Relative), Json(Body()), Cancel);
        _said.Add(("mistyped key", await refused.TextAsync()));
        using var password = await new BrowserSession(App).SignInAsync("owner@example.com", Password);
        _said.Add(("failed sign-in", await password.TextAsync()));
    }

    private async Task<string> RunJobAsync()
    {
        var jobs = new JobClient(_caller);
        var id = await jobs.StartAsync($$$"""{"type":"batch","requests":[{"custom_id":"a","body":{"model":"canary/model","messages":[{"role":"user","content":"{{{JobPrompt}}}"}]}}]}""");
        _said.Add(("job", (await jobs.EndAsync(id)).ToString()));
        await _outside.RequestAsync(request => request.Path.EndsWith("/hook", StringComparison.Ordinal) && request.Text.Contains(id, StringComparison.Ordinal));
        await _outside.RequestAsync(request => request.Path.Contains(Channel, StringComparison.Ordinal) && request.Text.Contains(id, StringComparison.Ordinal));
        return id;
    }

    /// <summary>One document is asked about again, for the first answer doesn't fit, and one fails.</summary>
    private async Task<string> RunPipelineAsync()
    {
        _outside.Otherwise = context => (context.Features.Get<ReceivedRequest>()!.Text switch
        {
            var text when text.Contains("broken", StringComparison.Ordinal) => Play.Error(500, $"{ProviderKey}: {Document}"),
            var text when text.Contains("does not fit", StringComparison.Ordinal) => Play.Answer("{\"total\":7}"),
            _ => Play.Answer($"About {Document}."),
        })(context);
        var jobs = new JobClient(_caller);
        var id = await jobs.StartAsync($$$"""{"type":"pipeline","pipeline":"extract","input":{"model":"canary/model","schema":{"type":"object","properties":{"total":{"type":"integer"}},"required":["total"]},"documents":["{{{Document}}}","broken {{{Document}}}"]}}""");
        var job = await jobs.EndAsync(id);
        job.Counts().ShouldBe((2, 1, 1));
        _said.Add(("pipeline", job.ToString()));
        await _outside.RequestAsync(request => request.Path.EndsWith("/hook", StringComparison.Ordinal) && request.Text.Contains(id, StringComparison.Ordinal));
        return id;
    }

    /// <summary>Whatever can be looked at without asking for texts.</summary>
    private async Task LookAsync(string job, string pipeline)
    {
        var hooks = (await _admin.GetAsync("webhooks")).Ids;
        foreach (var path in (string[])["tenants", "tiers", "keys", "providers", "models", "webhooks", "alert-rules", "alerts", "audit", "requests", "requests.csv", "usage", "usage?format=csv", "jobs", $"jobs/{job}", $"jobs/{pipeline}", "targets", "users", .. hooks.Select(hook => $"webhooks/{hook}/deliveries")])
            Say(path, await _admin.GetAsync(path));
        foreach (var path in (string[])["v1/usage", "v1/models", "v1/jobs", $"v1/jobs/{job}", $"v1/jobs/{job}/results", $"v1/jobs/{pipeline}", $"v1/jobs/{pipeline}/results", "metrics", "health/ready", "openapi/v1.json"])
            _said.Add((path, await _caller.GetStringAsync(new Uri(path, UriKind.Relative), Cancel)));
        using var session = new BrowserSession(App);
        await session.SignInAsync("owner@example.com");
        foreach (var path in (string[])["/admin", "/admin?range=24h", "/admin/requests", "/admin/keys", "/admin/providers", "/admin/models", "/admin/webhooks", "/admin/alerts", "/admin/audit", "/admin/settings", "/admin/jobs", $"/admin/jobs/{job}", $"/admin/jobs/{pipeline}", "/admin/usage", "/admin/cache", "/admin/playground", "/account", .. hooks.Select(hook => $"/admin/webhooks/{hook}")])
            _said.Add((path, await session.Client.GetStringAsync(new Uri(path, UriKind.Relative), Cancel)));
    }

    private async Task AskAsync(string ending, string body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = Json(body) };
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        using var answer = await _caller.SendAsync(request, Cancel);
        _said.Add((ending, $"{answer.Headers} {await answer.TextAsync()}"));
    }

    private void Say(string where, Answer answer)
    {
        ((int)answer.Status).ShouldBeInRange(200, 299, $"{where}: {answer.Text}");
        _said.Add((where, answer.Text));
    }

    /// <summary>The bytes of all files of the data directory but the empty one that keeps others out.</summary>
    private IReadOnlyList<(string Where, string Text)> Stored() =>
    [
        .. Directory.EnumerateFiles(App.DataDirectory, "*", SearchOption.AllDirectories).Where(path => !path.EndsWith(".lock", StringComparison.Ordinal)).Select(path =>
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var text = new StreamReader(file, Encoding.Latin1);
            return (Path.GetRelativePath(App.DataDirectory, path), text.ReadToEnd());
        }),
    ];

    private static string SecretOf(Answer answer) => answer["secret"].GetString()!["whsec_".Length..];

    private static string Body(string field = "\"stream\":false") => $$"""{"model":"canary/model",{{field}},"messages":[{"role":"user","content":"{{Prompt}}"}]}""";

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");
}
