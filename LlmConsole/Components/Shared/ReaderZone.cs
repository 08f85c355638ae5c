using Microsoft.AspNetCore.Components;

namespace LlmConsole.Components.Shared;

/// <summary>The reader's time zone. The browser says it in a cookie, which <c>zone.js</c> writes; it travels to the circuit with the page's protected state.</summary>
public sealed class ReaderZone
{
    [PersistentState]
    public string? Id { get; set; }

    /// <summary>Whether the reader chose to see charts in UTC. Remembered in a cookie too.</summary>
    [PersistentState]
    public bool PrefersUtc { get; set; }

    /// <summary>UTC while the browser hasn't said one that is known here.</summary>
    public TimeZoneInfo Zone => TimeZones.Find(Id) ?? TimeZoneInfo.Utc;

    /// <summary>Whether the reader's clock shows UTC all year.</summary>
    public bool IsUtc => Zone.BaseUtcOffset == TimeSpan.Zero && !Zone.SupportsDaylightSavingTime;

    /// <summary>The zone of the times of charts.</summary>
    public TimeZoneInfo OfCharts => PrefersUtc ? TimeZoneInfo.Utc : Zone;

    /// <summary>The same moment on the reader's clock.</summary>
    public DateTimeOffset Of(DateTimeOffset moment) => TimeZoneInfo.ConvertTime(moment, Zone);

    /// <summary>The same moment on the clock of charts.</summary>
    public DateTimeOffset OfChart(DateTimeOffset moment) => TimeZoneInfo.ConvertTime(moment, OfCharts);

    /// <summary>What a request's cookies say.</summary>
    internal void Read(HttpContext context) =>
        (Id, PrefersUtc) = (context.Request.Cookies["zone"] is { Length: < 64 } name ? name : null, context.Request.Cookies["clock"] == "utc");
}
