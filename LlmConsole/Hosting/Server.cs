namespace LlmConsole.Hosting;

internal static class Server
{
    /// <summary>The web server's bounds. Time-outs for slow bodies and headers are Kestrel's own.</summary>
    public static void AddServer(this WebApplicationBuilder builder, Settings settings)
    {
        builder.Services.AddSingleton(settings).AddSingleton(settings.Ledger);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(settings.DrainSeconds));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = settings.MaxBodyBytes;
        });
    }
}
