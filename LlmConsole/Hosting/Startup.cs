using System.Net.Sockets;
using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using Microsoft.AspNetCore.Connections;

namespace LlmConsole.Hosting;

/// <summary>Starts the process: reads the settings, builds the app, prepares the database, and turns a refusal into a message and exit code 1.</summary>
internal static class Startup
{
    private const string CheckConfig = "--check-config";
    private const string HealthCheck = "--healthcheck";

    // Settings are read once. To watch their files means to watch the whole directory that they lie in, by default with the database and its journal below it: an event for each write.
    private const string Unwatched = "--hostBuilder:reloadConfigOnChange=false";

    public static async Task<int> RunAsync(string[] args, Action<WebApplicationBuilder, Settings> services, Action<WebApplication, Settings> pipeline)
    {
        try
        {
            var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = [Unwatched, .. args.Except([CheckConfig, HealthCheck])], ContentRootPath = ContentRoot() });
            if (args.Contains(HealthCheck)) return await HealthProbe.RunAsync(builder.Configuration);
            builder.WebHost.UseStaticWebAssets();
            builder.Configuration.AddSecretFiles();
            var settings = Settings.Read(builder.Configuration);
            if (args.Contains(CheckConfig)) return Valid();
            builder.AddServer(settings);
            services(builder, settings);
            await using var app = builder.Build();

            // What takes long and doesn't need the other goes side by side.
            var preparing = Task.Run(() => PrepareAsync(app.Services, app.Lifetime.ApplicationStopping));
            pipeline(app, settings);
            await preparing;
            await app.RunAsync();
            return 0;
        }
        catch (StartRefusedException refusal)
        {
            return Refuse(refusal.Message);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException || e.InnerException is SocketException)
        {
            return Refuse($"{e.Message} Stop what listens there, or set urls (ASPNETCORE_URLS) to another address.");
        }
    }

    /// <summary>A published app finds its files beside itself, wherever it is started from; in a source tree, the current directory decides.</summary>
    private static string ContentRoot() =>
        Directory.Exists(Path.Combine(AppContext.BaseDirectory, "wwwroot")) ? AppContext.BaseDirectory : Directory.GetCurrentDirectory();

    private static async Task PrepareAsync(IServiceProvider services, CancellationToken cancellation)
    {
        await services.GetRequiredService<DatabaseStartup>().PrepareAsync(cancellation);
        if (services.GetService<KeyRingCheck>() is { } keyRing) await keyRing.VerifyAsync(cancellation);
        await services.GetRequiredService<ConfigurationStore>().ReloadAsync(cancellation);
        await services.GetRequiredService<Seed>().ApplyAsync(cancellation);
        await services.GetRequiredService<Bootstrap>().ApplyAsync(cancellation);
    }

    private static int Valid()
    {
        Console.WriteLine("The configuration is valid.");
        return 0;
    }

    private static int Refuse(string message)
    {
        Console.Error.WriteLine(message);
        return 1;
    }
}
