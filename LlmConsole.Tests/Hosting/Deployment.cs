using System.Text;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Hosting;

/// <summary>Instances of one deployment as processes behind nginx, on one PostgreSQL and one Redis, with a provider and whoever calls.</summary>
internal sealed class Deployment : IAsyncDisposable
{
    public const string Model = "m";
    public const string Email = "owner@example.com";
    public const string Password = "correct horse battery";

    private readonly string _directory = Directory.CreateTempSubdirectory("llmconsole-deployment-").FullName;
    private readonly (string Key, string Value)[] _settings;
    private readonly string _database;
    private readonly RedisServer _redis;
    private readonly AppProcess[] _instances;
    private readonly int[] _ports;
    private NginxServer? _proxy;

    private Deployment(string database, RedisServer redis, ScriptedProvider provider, int count)
    {
        (_database, _redis, Provider) = (database, redis, provider);
        _ports = [.. Enumerable.Range(0, count).Select(_ => Ports.Free())];
        _instances = new AppProcess[count];
        _settings =
        [
            ("ConnectionStrings:Main", database), ("ConnectionStrings:Redis", redis.ConnectionString), ("Redis:TimeoutMilliseconds", "5000"), ("Hosting:TrustedProxies", "127.0.0.1"),
            ("Hosting:LeaveSeconds", "1"), ("Bootstrap:AdminEmail", Email), ("Bootstrap:AdminPassword", Password),
        ];
    }

    public ScriptedProvider Provider { get; }

    /// <summary>Where the proxy listens.</summary>
    public Uri Address => _proxy!.BaseAddress;

    /// <summary>What the proxy complained of.</summary>
    public string ProxyErrors => string.Join('\n', _proxy!.Errors);

    public string Key { get; private set; } = "";
    public string AdminKey { get; private set; } = "";

    public static async Task<Deployment> StartAsync(SharedPostgres postgres, int count)
    {
        var deployment = new Deployment(await postgres.NewDatabaseAsync(), await RedisServer.StartAsync(), await ScriptedProvider.StartAsync(), count);
        await deployment.ConfigureAsync();
        await Task.WhenAll(Enumerable.Range(0, count).Select(deployment.StartInstanceAsync));
        deployment._proxy = await NginxServer.StartAsync(deployment._ports);
        return deployment;
    }

    /// <summary>Tells an instance to stop, waits for its end, and starts it again at its address; what it exited with.</summary>
    public async Task<int> RestartAsync(int instance)
    {
        var status = await _instances[instance].StopAsync();
        await _instances[instance].DisposeAsync();
        await StartInstanceAsync(instance);
        return status;
    }

    public HttpClient Client(string key) =>
        new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Address, DefaultRequestHeaders = { Authorization = new("Bearer", key) } };

    public async Task<(IReadOnlyList<UsageRecord> Records, IReadOnlyList<UsageRollup> Rollups)> BooksAsync()
    {
        await using var services = new ServiceCollection().AddStorage(StorageOptions.From(_directory, _database)).BuildServiceProvider();
        await using var db = await services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
        return (await db.Set<UsageRecord>().AsNoTracking().ToListAsync(TestContext.Current.CancellationToken), await db.Set<UsageRollup>().AsNoTracking().ToListAsync(TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        if (_proxy is not null) await _proxy.DisposeAsync();
        foreach (var instance in _instances.OfType<AppProcess>()) await instance.DisposeAsync();
        await Provider.DisposeAsync();
        await _redis.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>What an administrator sets up: a model, a tenant with a budget, a key of each kind.</summary>
    private async Task ConfigureAsync()
    {
        await using var app = await RunningApp.StartAsync(null, _directory, _settings);
        await app.CreateTierAsync(Model, tier => tier with { Quotas = [new Quota { Unit = QuotaUnit.Requests, Period = QuotaPeriod.Lifetime, Limit = 1_000_000 }] });
        await app.CreateTenantAsync(Model, tier: Model);
        await app.PublishModelAsync(Model, Provider.BaseUrl);
        (Key, AdminKey) = (await app.IssueKeyAsync(Model), await app.IssueAdminKeyAsync());
    }

    /// <summary>Each has a directory of its own, as containers do.</summary>
    private async Task StartInstanceAsync(int instance)
    {
        var data = Directory.CreateDirectory(Path.Combine(_directory, $"{instance}")).FullName;
        _instances[instance] = await AppProcess.StartAsync(_ports[instance], data, _settings);
    }
}

/// <summary>Clients that call one after the other until they are told to end, and want every answer whole.</summary>
internal sealed class Load(Deployment deployment)
{
    private const int Streams = 4;
    private const int Others = 4;

    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _complete = new();
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _failed = new();
    private volatile bool _isOver;

    /// <summary>The labels of answers that arrived to the last byte.</summary>
    public IReadOnlyCollection<string> Complete => _complete;

    /// <summary>What came instead of an answer.</summary>
    public IReadOnlyCollection<string> Failed => _failed;

    public Task RunAsync() => Task.WhenAll(Enumerable.Range(0, Streams + Others).Select(client => CallAsync(isStream: client < Streams)));

    public void End() => _isOver = true;

    private async Task CallAsync(bool isStream)
    {
        using var http = deployment.Client(deployment.Key);
        while (!_isOver) await CallAsync(http, isStream);
    }

    private async Task CallAsync(HttpClient http, bool isStream)
    {
        var label = Guid.NewGuid().ToString("N");
        var (status, text) = await TryAsync(http, label, isStream);
        if (status == 200 && (!isStream || text.EndsWith(Sse.Done, StringComparison.Ordinal))) _complete.Enqueue(label);
        else _failed.Enqueue($"{status} {text}");
    }

    private static async Task<(int Status, string Text)> TryAsync(HttpClient http, string label, bool isStream)
    {
        var body = $$"""{"model":"{{Deployment.Model}}","stream":{{(isStream ? "true" : "false")}},"max_tokens":100,"messages":[{"role":"user","content":"{{label}}"}]}""";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(body, Encoding.UTF8, "application/json"), Headers = { { "x-llmconsole-task", label } } };
        try
        {
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            return ((int)answer.StatusCode, await answer.TextAsync());
        }
        catch (HttpRequestException e)
        {
            return (0, e.Message);
        }
    }
}
