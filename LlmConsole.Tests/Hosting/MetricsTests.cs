using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Caching;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Hosting;

/// <summary>What Prometheus scrapes: well-formed, in base units, and without a label that grows with users, keys or tenants.</summary>
public sealed partial class MetricsTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private static readonly string[] Labels =
    [
        "route", "status", "tier", "model", "kind", "result", "store", "guard", "provider", "state", "mode", "outcome", "reason", "le", "error_type", "otel_scope_name",
        "gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "gen_ai_token_type",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_AfterACall_CountItByRouteStatusAndTier()
    {
        await CallAsync();

        var lines = await ScrapeAsync();

        lines.ShouldContain(line => line.StartsWith("llmconsole_requests_total{", StringComparison.Ordinal) && line.Contains("route=\"/v1/chat/completions\",status=\"200\",tier=\"Default\"", StringComparison.Ordinal));
        lines.ShouldContain(line => line.StartsWith("gen_ai_client_token_usage_bucket{", StringComparison.Ordinal) && line.Contains("gen_ai_token_type=\"output\"", StringComparison.Ordinal));
        lines.ShouldContain(line => line.StartsWith("gen_ai_server_time_to_first_token_seconds_bucket{", StringComparison.Ordinal) && line.Contains("le=\"0.005\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Metrics_Always_KeepTheRulesOfTheFormat()
    {
        await CallAsync();

        var metrics = new PrometheusText(await fixture.App.Http.GetStringAsync("metrics", Cancel));

        metrics.Broken.ShouldBeEmpty();
        metrics.Samples.Select(sample => sample.Name).ShouldContain("gen_ai_server_request_duration_seconds_bucket");
        var ours = metrics.Samples.Where(sample => sample.Name.StartsWith("llmconsole_", StringComparison.Ordinal) || sample.Name.StartsWith("gen_ai_", StringComparison.Ordinal));
        ours.SelectMany(sample => sample.Labels).Select(label => label.Key).Distinct().Except(Labels).ShouldBeEmpty();
    }

    [Fact]
    public async Task Metrics_OfTheConventions_HaveTheirBuckets()
    {
        await CallAsync();

        var metrics = new PrometheusText(await fixture.App.Http.GetStringAsync("metrics", Cancel));

        double[] durations = [.. Enumerable.Range(0, 14).Select(power => 0.01 * Math.Pow(2, power))];
        BucketsOf(metrics, "gen_ai_client_token_usage").ShouldBe([.. Enumerable.Range(0, 14).Select(power => Math.Pow(4, power))]);
        BucketsOf(metrics, "gen_ai_client_operation_duration_seconds").ShouldBe(durations, tolerance: 1e-9);
        BucketsOf(metrics, "gen_ai_server_request_duration_seconds").ShouldBe(durations, tolerance: 1e-9);
        BucketsOf(metrics, "gen_ai_server_time_to_first_token_seconds").ShouldBe([0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]);
        BucketsOf(metrics, "gen_ai_server_time_per_output_token_seconds").ShouldBe([0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5]);
    }

    [Fact]
    public async Task Dashboard_OfGrafana_AsksForMetricsAndLabelsThatThereAre()
    {
        await using var model = await CachedModel.PublishAsync(fixture.App);
        model.Provider.Next(Play.Error(500));
        (await model.PostAsync(model.Ask())).Dispose();
        await CallAsync();
        var metrics = new PrometheusText(await fixture.App.Http.GetStringAsync("metrics", Cancel));
        var known = metrics.Samples.GroupBy(sample => sample.Name).ToDictionary(samples => samples.Key, samples => samples.SelectMany(sample => sample.Labels.Select(label => label.Key)).ToHashSet());
        var queries = Dashboard().EnumerateArray().SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString()!).ToList();

        queries.Count.ShouldBeGreaterThan(10);
        foreach (var query in queries)
        {
            var names = MetricName().Matches(query).Select(match => match.Value).Distinct().ToList();
            names.ShouldNotBeEmpty(query);
            names.ShouldBeSubsetOf(known.Keys, query);
            LabelName().Matches(query).SelectMany(match => match.Groups["label"].Value.Split(',', StringSplitOptions.TrimEntries)).ShouldBeSubsetOf(names.SelectMany(name => known[name]), query);
        }
    }

    [Theory]
    [InlineData("# HELP a x\na 1", "no TYPE")]
    [InlineData("# TYPE llmconsole_x_total counter\nllmconsole_x_total 1", "no HELP")]
    [InlineData("# TYPE llmconsole_x counter\n# HELP llmconsole_x x\nllmconsole_x 1", "_total")]
    [InlineData("# TYPE llmconsole_x_ms gauge\n# HELP llmconsole_x_ms x\nllmconsole_x_ms 1", "base unit")]
    [InlineData("# TYPE a gauge\n# HELP a x\na{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 2", "twice")]
    [InlineData("# TYPE a gauge\n# HELP a x\na{x=\"1\",x=\"2\"} 1", "a label twice")]
    [InlineData("# TYPE h histogram\n# HELP h x\nh_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1", "no bucket for all")]
    [InlineData("# TYPE h histogram\n# HELP h x\nh_bucket{le=\"2\"} 1\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1", "out of order")]
    [InlineData("# TYPE h histogram\n# HELP h x\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1", "cumulative")]
    [InlineData("# TYPE h histogram\n# HELP h x\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 2", "differ")]
    [InlineData("# TYPE a gauge\n# HELP a x\n# TYPE b gauge\n# HELP b x\na{x=\"1\"} 1\nb 1\na{x=\"2\"} 1", "apart")]
    [InlineData("a{x=1} 1", "format")]
    public void Rules_AgainstOne_TellsWhich(string text, string broken) => new PrometheusText(text).Broken.ShouldHaveSingleItem().ShouldContain(broken);

    [Fact]
    public async Task Metrics_AfterCallsOfManyKeysTenantsUsersAndModels_HaveOneSeriesForWhatIsConfigured()
    {
        const int many = 8;
        await using var provider = await ScriptedProvider.StartAsync();
        var mark = $"mark{Guid.NewGuid():N}";
        await fixture.App.CreateTierAsync(mark);
        await fixture.App.PublishModelAsync($"{mark}/*", provider.BaseUrl, "*", model => model with { Fallbacks = ["simulator/echo"] });
        for (var i = 0; i < many; i++)
        {
            var tenant = await fixture.App.CreateTenantAsync($"{mark} tenant {i}", tier: mark);
            using var client = fixture.App.Client(await fixture.App.IssueKeyAsync(tenant.Name, key => key with { Name = $"{mark} key {i}" }));
            client.DefaultRequestHeaders.Add("x-llmconsole-task", $"{mark} task {i}");
            if (i % 2 == 0) provider.Next(Play.Error(500, $"{mark} failed {i}"));
            foreach (var model in (string[])[$"{mark}/{i}", $"{mark}-unknown-{i}"])
                (await client.PostAsync("v1/chat/completions", new StringContent($$"""{"model":"{{model}}","user":"{{mark}} user {{i}}","messages":[{"role":"user","content":"hi"}]}""", Encoding.UTF8, "application/json"), Cancel)).Dispose();
        }

        await fixture.App.IdleAsync();

        var metrics = new PrometheusText(await fixture.App.Http.GetStringAsync("metrics", Cancel));

        var marked = metrics.Samples.SelectMany(sample => sample.Labels).Where(label => label.Value.Contains(mark, StringComparison.Ordinal)).Distinct().ToList();
        marked.ShouldBe([KeyValuePair.Create("tier", mark), KeyValuePair.Create("model", $"{mark}/*"), KeyValuePair.Create("gen_ai_request_model", $"{mark}/*")], ignoreOrder: true);
        var asked = fixture.App.Configuration.Providers.Values.Single(candidate => candidate.BaseUrl == provider.BaseUrl).Name;
        metrics.Samples.Where(sample => sample.Name == "llmconsole_upstream_attempts_total" && sample.Labels.Any(label => label.Value == asked)).Sum(sample => sample.Value).ShouldBe(many);
        metrics.Samples.Count(sample => sample.Name == "llmconsole_upstream_attempts_total" && sample.Labels.Any(label => label.Value == asked)).ShouldBe(2);
        metrics.Samples.SelectMany(sample => sample.Labels).ShouldNotContain(label => Identifier().IsMatch(label.Value));
    }

    [Fact]
    public async Task Metrics_OfTheCache_CountLookupsSavingsVetoesAndSimilarity()
    {
        await using var model = await CachedModel.PublishAsync(fixture.App, CachedModel.Exact with { Semantic = new SemanticCachePolicy { Enabled = true } });
        foreach (var question in (string[])["How do I sort a list in Python?", "In Python, how can I sort a list?", "How do I not sort a list in Python?", "How do I sort a list in Python?"])
            (await model.PostAsync(model.Ask("", question))).Dispose();
        await fixture.App.IdleAsync();

        var lines = (await ScrapeAsync()).Where(line => line.StartsWith("llmconsole_cache_", StringComparison.Ordinal)).ToList();

        foreach (var sample in (string[])["kind=\"exact\",result=\"hit\"", "kind=\"exact\",result=\"miss\"", "kind=\"semantic\",result=\"hit\"", "kind=\"semantic\",result=\"veto\"", "kind=\"semantic\",result=\"miss\""])
            lines.ShouldContain(line => line.StartsWith("llmconsole_cache_lookups_total{", StringComparison.Ordinal) && line.Contains(sample, StringComparison.Ordinal), sample);
        lines.ShouldContain(line => line.StartsWith("llmconsole_cache_vetoes_total{", StringComparison.Ordinal) && line.Contains("guard=\"negation\"", StringComparison.Ordinal));
        lines.ShouldContain(line => line.StartsWith("llmconsole_cache_similarity_bucket{", StringComparison.Ordinal) && line.Contains("le=\"0.92\"", StringComparison.Ordinal));
        lines.ShouldContain(line => line.StartsWith("llmconsole_cache_saved_cost_usd_total", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Metrics_SwitchedOff_AreNotThere()
    {
        await using var app = await RunningApp.StartAsync(("Metrics:Enabled", "false"));

        var answer = await app.Http.GetAsync("metrics", Cancel);

        (await answer.Content.ReadAsStringAsync(Cancel)).ShouldNotContain("llmconsole_requests");
    }

    /// <summary>The bounds of a histogram's buckets but that for all, in their order.</summary>
    private static double[] BucketsOf(PrometheusText metrics, string name) =>
        [.. metrics.Samples.Where(sample => sample.Name == $"{name}_bucket").Select(sample => sample.Labels.Single(label => label.Key == "le").Value).Distinct().Where(bound => bound != "+Inf").Select(bound => double.Parse(bound, CultureInfo.InvariantCulture)).Order()];

    private static JsonElement Dashboard() => JsonElement.Parse(string.Concat(RepositoryFiles.Lines("deploy/grafana-dashboard.json"))).GetProperty("panels");

    private async Task CallAsync()
    {
        using var client = fixture.App.Client(await fixture.App.IssueKeyAsync());
        using var answer = await client.PostAsync("v1/chat/completions", Simulated.Call(), Cancel);
        answer.EnsureSuccessStatusCode();
        await fixture.App.IdleAsync();
    }

    private async Task<string[]> ScrapeAsync() => (await fixture.App.Http.GetStringAsync("metrics", Cancel)).Split('\n');

    [GeneratedRegex(@"(?<!by \()\b(llmconsole|gen_ai)_[a-z_]+")]
    private static partial Regex MetricName();

    /// <summary>What a query groups by or selects.</summary>
    [GeneratedRegex(@"by \((?<label>[a-z_, ]+)\)|[{,](?<label>[a-z_]+)(?=[=!]~?"")")]
    private static partial Regex LabelName();

    [GeneratedRegex("(ten|req|key|usr|job|prv|mod|tier|whk|alr)_[0-9a-z]{20}|llmc_")]
    private static partial Regex Identifier();
}
