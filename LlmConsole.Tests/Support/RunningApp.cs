using System.Net;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Exporter;
using Serilog;
using Serilog.Events;

namespace LlmConsole.Tests.Support;

/// <summary>The real app: its own entry point and pipeline, on a real socket at a free port of 127.0.0.1, with an empty data directory that goes away with it.</summary>
public sealed class RunningApp : IAsyncDisposable
{
    /// <summary>A setting that the app doesn't know: its log is kept down to the least of lines.</summary>
    public const string LogsAll = "Tests:LogsAll";

    private readonly Factory _factory;
    private readonly bool _ownsData;

    private RunningApp(string dataDirectory, bool ownsData, Action<IServiceCollection>? services, (string Key, string Value)[] settings)
    {
        (DataDirectory, _ownsData) = (dataDirectory, ownsData);
        _factory = new Factory([("Data:Directory", DataDirectory), ("Hosting:LeaveSeconds", "0"), ("Hosting:BatchScheduling", "false"), .. settings], all =>
        {
            all.AddSingleton<IStartupFilter>(Traffic);

            // A scrape shall tell what was counted just now, not what another test's scrape was told.
            all.PostConfigure<PrometheusAspNetCoreOptions>(metrics => metrics.ScrapeResponseCacheDurationMilliseconds = 0);
            all.AddSingleton<ICallLog, CallLog>();
            all.AddSerilog(new LoggerConfiguration().MinimumLevel.Is(settings.Contains((LogsAll, "true")) ? LogEventLevel.Verbose : LogEventLevel.Information).WriteTo.Sink(Log).CreateLogger(), dispose: true);
            services?.Invoke(all);
        });
        _factory.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _factory.StartServer();
        BaseAddress = new Uri(_factory.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());
        Http = Client();
    }

    /// <summary>Where the app listens, such as <c>http://127.0.0.1:40123</c>.</summary>
    public Uri BaseAddress { get; }
    public string DataDirectory { get; }

    /// <summary>A client without credentials, cookies or redirects.</summary>
    public HttpClient Http { get; }
    public IServiceProvider Services => _factory.Services;
    public ConfigurationSnapshot Configuration => Services.GetRequiredService<ConfigurationStore>().Current;

    /// <summary>What the app logged.</summary>
    public LogLines Log { get; } = new();

    internal Traffic Traffic { get; } = new();

    /// <summary>Starts the app with the given settings.</summary>
    public static Task<RunningApp> StartAsync(params (string Key, string Value)[] settings) => StartAsync(null, settings: settings);

    /// <summary>Starts the app; <paramref name="services"/> come after the app's own and win over them, <paramref name="dataDirectory"/> stays when the app goes.</summary>
    public static async Task<RunningApp> StartAsync(Action<IServiceCollection>? services, string? dataDirectory = null, params (string Key, string Value)[] settings)
    {
        var data = dataDirectory ?? Directory.CreateTempSubdirectory("llmconsole-").FullName;
        if (dataDirectory is null && settings.All(setting => setting.Key != "ConnectionStrings:Main")) await FreshDatabase.PutAsync(data);
        return await Task.Run(() => new RunningApp(data, dataDirectory is null, services, settings));
    }

    /// <summary>A new client that presents the key as its bearer token.</summary>
    public HttpClient Client(string? key = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false }) { BaseAddress = BaseAddress };
        if (key is not null) client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _factory.DisposeAsync();
        if (_ownsData && Directory.Exists(DataDirectory)) Directory.Delete(DataDirectory, recursive: true);
    }

    private sealed class Factory((string Key, string Value)[] settings, Action<IServiceCollection> services) : WebApplicationFactory<Program>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            foreach (var (key, value) in settings) builder.UseSetting(key, value);
            builder.ConfigureTestServices(services);
        }
    }
}

/// <summary>One app for all tests of a class.</summary>
public sealed class AppFixture : IAsyncLifetime
{
    public RunningApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync() => App = await RunningApp.StartAsync();

    public ValueTask DisposeAsync() => App.DisposeAsync();
}
