using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;
using LlmConsole.Core.Routing;

namespace LlmConsole.Api.Admin;

/// <summary>A fire drill as it is sent.</summary>
internal sealed record DrillBody
{
    /// <summary>Name or id of the model whose targets misbehave; without a provider, all of them.</summary>
    public Optional<string> Model { get; init; }

    /// <summary>Name or id of the provider that misbehaves; without a model, for every model.</summary>
    public Optional<string> Provider { get; init; }

    /// <summary>How it misbehaves: it answers late, not at all, with 429 or 500, breaks answers off, or sends a web page.</summary>
    public Optional<FaultKind?> Fault { get; init; }

    /// <summary>How long, 1 to 240 minutes; 5 if it isn't sent.</summary>
    public Optional<int?> Minutes { get; init; }

    /// <summary>How many calls of a hundred are drilled; 100 if it isn't sent.</summary>
    public Optional<int?> Share { get; init; }

    /// <summary>Name or id of the tenant whose calls are drilled; without it, those of all.</summary>
    public Optional<string> Tenant { get; init; }

    /// <summary>A name that nothing has stays as it is, for the drill to refuse it.</summary>
    public DrillPlan ToPlan(ConfigurationSnapshot snapshot) => new()
    {
        ModelId = Model.Value is { } model ? snapshot.FindModelByReference(model)?.Id ?? model : null,
        ProviderId = Provider.Value is { } provider ? snapshot.FindProvider(provider)?.Id ?? provider : null,
        Fault = Fault.Value ?? throw new ConfigurationInvalidException([new("fault", $"{Expected.MustBe} {Expected.Of(typeof(FaultKind), AdminJson.Options)}.")]),
        Minutes = Minutes.Value ?? 5,
        SharePercent = Share.Value ?? 100,
        TenantId = Tenant.Value is { } tenant ? snapshot.FindTenant(tenant)?.Id ?? tenant : null,
    };
}

/// <summary>A fire drill as it is answered.</summary>
internal sealed record DrillView
{
    public string Object { get; } = "drill";
    public required string Id { get; init; }

    /// <summary>The names of what misbehaves, and for whom.</summary>
    public string? Model { get; init; }
    public string? Provider { get; init; }
    public string? Tenant { get; init; }
    public FaultKind Fault { get; init; }
    public int Minutes { get; init; }
    public int Share { get; init; }
    public bool Running { get; init; }
    public required string StartedBy { get; init; }
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ends by itself, ended, or was stopped.</summary>
    public DateTimeOffset EndsAt { get; init; }
    public required DrillReportView Report { get; init; }

    public static DrillView From(Drill drill, ConfigurationSnapshot snapshot, DateTimeOffset now) => new()
    {
        Id = drill.Id,
        Model = drill.Plan.ModelId is { } model ? snapshot.Models.GetValueOrDefault(model)?.Name ?? model : null,
        Provider = drill.Plan.ProviderId is { } provider ? snapshot.Providers.GetValueOrDefault(provider)?.Name ?? provider : null,
        Tenant = drill.Plan.TenantId is { } tenant ? snapshot.Tenants.GetValueOrDefault(tenant)?.Name ?? tenant : null,
        Fault = drill.Plan.Fault,
        Minutes = drill.Plan.Minutes,
        Share = drill.Plan.SharePercent,
        Running = drill.IsRunning(now),
        StartedBy = drill.StartedBy.Name,
        StartedAt = drill.StartedAt,
        EndsAt = drill.EndsAt,
        Report = DrillReportView.From(drill.Report),
    };
}

/// <summary>What a fire drill did to the calls that it met, once they had ended.</summary>
internal sealed record DrillReportView
{
    /// <summary>Calls for which a target misbehaved.</summary>
    public int Affected { get; init; }

    /// <summary>Those that another target answered.</summary>
    public int ServedByFallback { get; init; }

    /// <summary>Those that were answered late, by the simulator in the place of the misbehaving target.</summary>
    public int ServedAnyway { get; init; }

    /// <summary>Those that got an error, or an answer that broke off.</summary>
    public int Failed { get; init; }

    /// <summary>Time lost with the misbehaving targets, per affected call.</summary>
    public double AddedLatencyMs { get; init; }

    /// <summary>Dollars that the answers cost beyond what the misbehaving targets' models would have taken.</summary>
    public Usd AddedCost { get; init; }

    public static DrillReportView From(DrillReport report) => new()
    {
        Affected = report.Affected,
        ServedByFallback = report.ServedByFallback,
        ServedAnyway = report.ServedAnyway,
        Failed = report.Failed,
        AddedLatencyMs = report.Affected == 0 ? 0 : report.AddedLatency.TotalMilliseconds / report.Affected,
        AddedCost = report.AddedCost,
    };
}
