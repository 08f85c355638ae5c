using LlmConsole.Core.Telemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace LlmConsole.Hosting;

/// <summary>Metrics for Prometheus at <c>/metrics</c>, and metrics and traces over OTLP where the standard <c>OTEL_*</c> variables name a collector.</summary>
internal static class Observability
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>The framework's own meters that tell how the process is; their labels are bounded.</summary>
    private static readonly string[] Meters = [Source.Name, "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    public static void AddObservability(this WebApplicationBuilder builder, Settings settings)
    {
        var configuration = builder.Configuration;
        var exportsMetrics = Exports(configuration, "METRICS");
        if (exportsMetrics || settings.MetricsEnabled)
        {
            Telemetry(builder).WithMetrics(metrics =>
            {
                metrics.AddMeter(Meters);
                if (settings.MetricsEnabled) metrics.AddPrometheusExporter();
                if (exportsMetrics) metrics.AddOtlpExporter();
            });
        }

        if (!Exports(configuration, "TRACES")) return;
        Telemetry(builder).WithTracing(traces => traces.AddSource(Source.Name, "Microsoft.AspNetCore").AddOtlpExporter());
    }

    public static void MapMetrics(this WebApplication app, Settings settings)
    {
        if (settings.MetricsEnabled) app.MapPrometheusScrapingEndpoint("/metrics").AllowAnonymous().ExcludeFromDescription();
    }

    private static bool Exports(ConfigurationManager configuration, string signal) =>
        !string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase)
        && !string.Equals(configuration[$"OTEL_{signal}_EXPORTER"], "none", StringComparison.OrdinalIgnoreCase)
        && (configuration[Endpoint] ?? configuration[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"]) is { Length: > 0 };

    /// <summary>Of what says the same, the last holds: the standard variables overrule our own name.</summary>
    private static OpenTelemetry.OpenTelemetryBuilder Telemetry(WebApplicationBuilder builder) =>
        builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource
            .AddService("llmconsole", serviceVersion: typeof(Observability).Assembly.GetName().Version?.ToString(3))
            .AddEnvironmentVariableDetector());
}
