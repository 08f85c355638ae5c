using LlmConsole.Core.Chat;
using Microsoft.Extensions.DependencyModel;
using Serilog;
using Serilog.Events;
using Serilog.Settings.Configuration;

namespace LlmConsole.Hosting;

internal static class Logging
{
    /// <summary>Compact JSON where nobody reads along (containers), readable text on a terminal.</summary>
    public static void AddLogging(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        var output = Console.IsOutputRedirected ? new BufferedOutput(Console.OpenStandardOutput(), TimeProvider.System) : null;
        if (output is not null && IsAlone(builder.Configuration)) builder.Services.AddSingleton<ICallLog>(services => new DirectCallLog(output, services.GetRequiredService<ILogger<ChatGateway>>(), TimeProvider.System));
        builder.Services.AddSerilog((_, log) =>
        {
            log.MinimumLevel.Information()
                .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
                .MinimumLevel.Override("Microsoft.AspNetCore.DataProtection", LogEventLevel.Error)
                .MinimumLevel.Override("Microsoft.Hosting.Lifetime", LogEventLevel.Information)

                // With its own log on, ASP.NET Core makes an activity and a scope for each request, and we write no line of it.
                .MinimumLevel.Override("Microsoft.AspNetCore.Hosting.Diagnostics", LevelAlias.Off)

                // The sinks that the settings may name are those that the app was built with. To look for others would open every file beside it.
                .ReadFrom.Configuration(builder.Configuration, DependencyContext.Default is { } built ? new ConfigurationReaderOptions(built) : new ConfigurationReaderOptions());
            if (output is not null) log.WriteTo.Sink(output);
            else log.WriteTo.Console(outputTemplate: "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}", formatProvider: System.Globalization.CultureInfo.InvariantCulture);
        });
    }

    /// <summary>Whether the settings add no sink, filter or property to the log, so that a line may go straight to the output.</summary>
    private static bool IsAlone(ConfigurationManager configuration) => configuration.GetSection("Serilog").GetChildren().All(section => section.Key is "MinimumLevel" or "Using");
}
