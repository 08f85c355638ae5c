using System.Text.Json.Serialization;

namespace LlmConsole.Core.Configuration;

/// <summary>An address that events are sent to as they happen.</summary>
public sealed record WebhookEndpoint : IConfigured
{
    public const int MaxUrlLength = 2_048;

    /// <summary>Why an endpoint is disabled that somebody switched off, rather than that its receiver failed.</summary>
    internal const string SwitchedOff = "An administrator disabled it.";

    public required string Id { get; init; }

    /// <summary>Whose events it gets; none for those of all tenants and of the gateway itself.</summary>
    public string? TenantId { get; init; }

    /// <summary>Where events go. Of a chat channel, whose whole address is its secret, only the host.</summary>
    public required Uri Url { get; init; }
    public WebhookFormat Format { get; init; }

    /// <summary>Types of events such as <c>job.failed</c>, or their beginnings such as <c>job.*</c>.</summary>
    public IReadOnlyList<string> Events { get; init; } = [];

    /// <summary>The secret that deliveries are signed with, or a chat channel's address; encrypted.</summary>
    [JsonIgnore]
    public string ProtectedSecret { get; init; } = "";

    /// <summary>The secret before the last rotation, which signs too until its time is over.</summary>
    [JsonIgnore]
    public string? ProtectedPreviousSecret { get; init; }
    public DateTimeOffset? PreviousSecretUntil { get; init; }
    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>Why it is disabled, in a sentence.</summary>
    public string? DisabledReason { get; init; }

    /// <summary>When it was last enabled again.</summary>
    public DateTimeOffset? EnabledAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    [JsonIgnore]
    public string Name => Url is { IsAbsoluteUri: true, Host: { Length: > 0 } host } ? host[..Math.Min(host.Length, ConfigurationValidator.MaxNameLength)] : "webhook";

    [JsonIgnore]
    public bool IsEnabled => DisabledAt is null;

    /// <summary>Whether it was disabled because its receiver failed.</summary>
    [JsonIgnore]
    public bool IsGivenUp => !IsEnabled && DisabledReason != SwitchedOff;

    /// <summary>Whether it may be told of this tenant; of none, the gateway itself.</summary>
    public bool IsFor(string? tenantId) => TenantId is null || TenantId == tenantId;

    /// <summary>Whether an event is sent to it.</summary>
    /// <param name="only">Ids of those that alone get it, whatever they take; none for all that take it.</param>
    public bool Gets(string type, string? tenantId, IReadOnlyList<string> only) =>
        IsEnabled && (only.Count == 0 ? Takes(type, tenantId) : IsFor(tenantId) && only.Contains(Id));

    /// <summary>Whether it asked for events of this type of this tenant; of none, the gateway itself.</summary>
    public bool Takes(string type, string? tenantId)
    {
        if (!IsFor(tenantId)) return false;
        for (var i = 0; i < Events.Count; i++)
        {
            if (ModelPattern.Matches(Events[i], type)) return true;
        }

        return false;
    }
}

public enum WebhookFormat
{
    /// <summary>Standard Webhooks: signed JSON.</summary>
    Standard,

    /// <summary>A sentence as <c>{"text":…}</c>, as incoming webhooks of Slack, Mattermost and others take it.</summary>
    Slack,
}

/// <summary>The types of events that there are.</summary>
public static class EventTypes
{
    public const string JobSucceeded = "job.succeeded";
    public const string JobFailed = "job.failed";
    public const string JobCancelled = "job.cancelled";
    public const string JobExpired = "job.expired";
    public const string BudgetThreshold = "budget.threshold";
    public const string KeyExpiring = "key.expiring";
    public const string AlertFired = "alert.fired";
    public const string AlertResolved = "alert.resolved";

    /// <summary>Sent only when somebody asks for it, whatever an endpoint takes.</summary>
    public const string Test = "webhook.test";

    public static readonly IReadOnlyList<string> All = [JobSucceeded, JobFailed, JobCancelled, JobExpired, BudgetThreshold, KeyExpiring, AlertFired, AlertResolved];

    /// <summary>Whether this is a type, or the beginning of one and a star.</summary>
    public static bool IsPattern(string text) =>
        text == "*" || (text.EndsWith(".*", StringComparison.Ordinal) ? All.Any(type => ModelPattern.Matches(text, type)) : All.Contains(text));
}
