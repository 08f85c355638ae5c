namespace LlmConsole.Tests.Support;

/// <summary>An app that exports to a collector, all that it says being kept, down to debug lines.</summary>
public sealed class TracedApp : IAsyncLifetime
{
    public const string ServiceName = "gateway-of-the-tests";

    internal OtlpCollector Collector { get; private set; } = null!;

    public RunningApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Collector = await OtlpCollector.StartAsync();
        App = await RunningApp.StartAsync(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", Collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_METRIC_EXPORT_INTERVAL", "200"), ("OTEL_BSP_SCHEDULE_DELAY", "100"),
            ("OTEL_SERVICE_NAME", ServiceName), ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=tests-of-traces"),
            ("Outbound:AllowPrivate", "true"), (RunningApp.LogsAll, "true"));
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await Collector.DisposeAsync();
    }
}
