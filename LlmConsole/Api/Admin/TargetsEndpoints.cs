using LlmConsole.Core.Configuration;
using LlmConsole.Core.Routing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

/// <summary>How a target does, as the instance that answers sees it.</summary>
internal sealed record TargetHealthView
{
    public string Object { get; } = "target";

    /// <summary>The provider's name.</summary>
    public string? Provider { get; init; }
    public required string ProviderId { get; init; }

    /// <summary>The name that the provider knows the model by.</summary>
    public required string Model { get; init; }
    public TargetState State { get; init; }

    /// <summary>When it came into this state.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>For how many seconds it is still left alone.</summary>
    public double? PauseSeconds { get; init; }

    /// <summary>Calls that ended in the last ten seconds.</summary>
    public int Calls { get; init; }

    /// <summary>The share of them that failed, 0 to 1.</summary>
    public double ErrorRate { get; init; }
    public int ConsecutiveFailures { get; init; }
    public string? LastError { get; init; }
    public DateTimeOffset? LastErrorAt { get; init; }

    /// <summary>The median time to the first token of its last answers.</summary>
    public double? FirstTokenMs { get; init; }

    public static TargetHealthView From(TargetStatus status, ConfigurationSnapshot snapshot) => new()
    {
        Provider = snapshot.Providers.GetValueOrDefault(status.Target.ProviderId)?.Name,
        ProviderId = status.Target.ProviderId,
        Model = status.Target.Model,
        State = status.State,
        Since = status.Since,
        PauseSeconds = status.Pause?.TotalSeconds,
        Calls = status.Calls,
        ErrorRate = status.ErrorRate,
        ConsecutiveFailures = status.ConsecutiveFailures,
        LastError = status.LastError,
        LastErrorAt = status.LastErrorAt,
        FirstTokenMs = status.FirstTokenMs,
    };
}

internal static class TargetsEndpoints
{
    public static void MapTargets(this RouteGroupBuilder admin) => admin.MapGet("targets", List).WithMetadata(new OperationDoc(
        "list-targets", "List the health of targets", "A target is a provider and its name of a model. What is told is what the calls of this one instance found out; a target that wasn't asked since its start is missing.")
    {
        Tag = "Admin: providers",
        Response = """{"object":"list","data":[{"object":"target","provider":"Local","providerId":"prv_01kb2hb2f8m1t5y7w9e3r6q0za","model":"llama3.2","state":"open","since":"2027-01-31T09:35:00Z","pauseSeconds":4.2,"calls":40,"errorRate":0.9,"consecutiveFailures":12,"lastError":"The provider Local can't be reached. Try again; if it persists, an administrator can test the provider in the console.","lastErrorAt":"2027-01-31T09:35:00Z","firstTokenMs":310.5}],"next":null,"has_more":false}""",
    });

    private static Ok<Page<TargetHealthView>> List(HealthBook health, ConfigurationStore store) => TypedResults.Ok(new Page<TargetHealthView>(
        [.. health.All().OrderBy(status => status.Target.ProviderId, StringComparer.Ordinal).ThenBy(status => status.Target.Model, StringComparer.Ordinal).Select(status => TargetHealthView.From(status, store.Current))], null));
}
