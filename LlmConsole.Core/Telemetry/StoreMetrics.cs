using System.Diagnostics.Metrics;

namespace LlmConsole.Core.Telemetry;

/// <summary>Whether the stores that the gateway leans on answer.</summary>
public static class StoreMetrics
{
    public const string Redis = "redis";
    public const string Database = "database";

    /// <summary><c>llmconsole_store_degraded{store}</c>: 1 while a store doesn't answer as it should, 0 while it does. The observation is asked at every export.</summary>
    public static ObservableGauge<int> ObserveDegraded(Meter meter, string store, Func<bool> isDegraded) => meter.CreateObservableGauge(
        "llmconsole.store.degraded", () => new Measurement<int>(isDegraded() ? 1 : 0, new KeyValuePair<string, object?>("store", store)), description: "1 while a store doesn't answer as it should.");
}
