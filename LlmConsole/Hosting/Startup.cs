using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;

namespace LlmConsole.Hosting;

/// <summary>Starts the process: builds it, prepares the database, and turns a refusal into a message and exit code 1.</summary>
internal static class Startup
{
    public static async Task<int> RunAsync(string[] args, Action<WebApplicationBuilder> services, Action<WebApplication> pipeline)
    {
        try
        {
            var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = ContentRoot() });
            builder.WebHost.UseStaticWebAssets();
            services(builder);
            await using var app = builder.Build();
            pipeline(app);
            await PrepareAsync(app.Services, app.Lifetime.ApplicationStopping);
            await app.RunAsync();
            return 0;
        }
        catch (StartRefusedException refusal)
        {
            await Console.Error.WriteLineAsync(refusal.Message);
            return 1;
        }
    }

    /// <summary>A published app finds its files beside itself, wherever it is started from; in a source tree, the current directory decides.</summary>
    private static string ContentRoot() =>
        Directory.Exists(Path.Combine(AppContext.BaseDirectory, "wwwroot")) ? AppContext.BaseDirectory : Directory.GetCurrentDirectory();

    private static async Task PrepareAsync(IServiceProvider services, CancellationToken cancellation)
    {
        await services.GetRequiredService<DatabaseStartup>().PrepareAsync(cancellation);
        await services.GetRequiredService<ConfigurationStore>().ReloadAsync(cancellation);
        await services.GetRequiredService<Seed>().ApplyAsync(cancellation);
        await services.GetRequiredService<Bootstrap>().ApplyAsync(cancellation);
    }
}
