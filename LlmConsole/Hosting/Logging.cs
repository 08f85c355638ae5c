using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace LlmConsole.Hosting;

internal static class Logging
{
    /// <summary>Compact JSON where nobody reads along (containers), readable text on a terminal.</summary>
    public static void AddLogging(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.Services.AddSerilog((_, log) =>
        {
            log.MinimumLevel.Information()
                .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
                .MinimumLevel.Override("Microsoft.AspNetCore.DataProtection", LogEventLevel.Error)
                .MinimumLevel.Override("Microsoft.Hosting.Lifetime", LogEventLevel.Information)
                .Enrich.FromLogContext()
                .ReadFrom.Configuration(builder.Configuration);
            if (Console.IsOutputRedirected) log.WriteTo.Console(new CompactJsonFormatter());
            else log.WriteTo.Console(outputTemplate: "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}", formatProvider: System.Globalization.CultureInfo.InvariantCulture);
        });
    }
}
