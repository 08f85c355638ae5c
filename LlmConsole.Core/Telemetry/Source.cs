using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LlmConsole.Core.Telemetry;

/// <summary>Where every metric and every span of the process comes from. The instruments stand beside this file, one class a room.</summary>
public static class Source
{
    /// <summary>The name under which exporters find both.</summary>
    public const string Name = "LlmConsole";

    public static readonly Meter Meter = new(Name);

    public static readonly ActivitySource Activities = new(Name);
}
