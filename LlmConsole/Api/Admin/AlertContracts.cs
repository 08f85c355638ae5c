using LlmConsole.Core.Alerts;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Webhooks;
using LlmConsole.Core.Wire;

namespace LlmConsole.Api.Admin;

/// <summary>A rule. What isn't sent stays as it is; the kind is set when it is created.</summary>
internal sealed record AlertRuleBody : IBody<AlertRule>
{
    /// <summary>What it is called in alerts; the kind's usual name if it isn't sent.</summary>
    public Optional<string> Name { get; init; }

    /// <summary>What it watches for.</summary>
    public Optional<AlertKind> Kind { get; init; }

    /// <summary>The tenant's name or id; null or not sent for all tenants.</summary>
    public Optional<string> Tenant { get; init; }

    /// <summary>From where on it fires: percent, times, milliseconds or days, by its kind. The kind's usual one if it isn't sent.</summary>
    public Optional<double> Threshold { get; init; }

    /// <summary>Ids of the webhook endpoints that are told of its alerts, whatever events they take: the gateway's, or of the rule's tenant. Empty, null or not sent for all that take alerts.</summary>
    public Optional<IReadOnlyList<string?>> Webhooks { get; init; }

    /// <summary>False stops it; what it had raised is resolved.</summary>
    public Optional<bool> Enabled { get; init; }

    public AlertRule ApplyTo(AlertRule item, Edit edit)
    {
        var isNew = item.Name.Length == 0;
        if (isNew && !Kind.IsSent) throw new RefusalException(ErrorCode.InvalidValue, $"kind must be {Expected.Of(typeof(AlertKind), AdminJson.Options)}.", "kind");
        if (!isNew && Kind.IsSent && Kind.Value != item.Kind) throw new RefusalException(ErrorCode.InvalidValue, "The kind of a rule can't be changed. Create another rule.", "kind");
        var kind = Kind.Or(item.Kind);
        var template = AlertTemplate.Of(kind);
        return item with
        {
            Kind = kind,
            Name = Name.Or(isNew ? template.Name : item.Name) ?? "",
            TenantId = Tenant.IsSent ? Tenant.Value is { } tenant ? edit.Snapshot.FindTenant(tenant)?.Id ?? "" : null : item.TenantId,
            Threshold = Threshold.Or(isNew ? template.Threshold : item.Threshold),
            Webhooks = Webhooks.IsSent ? [.. (Webhooks.Value?.Texts() ?? []).Distinct(StringComparer.Ordinal)] : item.Webhooks,
            Enabled = Enabled.Or(item.Enabled),
        };
    }
}

/// <summary>A rule as it is answered.</summary>
internal sealed record AlertRuleView
{
    public string Object { get; } = "alert-rule";
    public required string Id { get; init; }
    public required string Name { get; init; }
    public AlertKind Kind { get; init; }
    public string? Tenant { get; init; }
    public string? TenantId { get; init; }

    /// <summary>From where on it fires; null for kinds without a threshold.</summary>
    public double? Threshold { get; init; }

    /// <summary>The threshold's unit.</summary>
    public string? Unit { get; init; }

    /// <summary>Ids of the webhook endpoints that are told of its alerts; empty for all that take alerts.</summary>
    public required IReadOnlyList<string> Webhooks { get; init; }
    public bool Enabled { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    public static AlertRuleView From(AlertRule rule, ConfigurationSnapshot snapshot, DateTimeOffset now) => new()
    {
        Id = rule.Id,
        Name = rule.Name,
        Kind = rule.Kind,
        Tenant = rule.TenantId is { } tenant ? snapshot.Tenants.GetValueOrDefault(tenant)?.Name : null,
        TenantId = rule.TenantId,
        Threshold = AlertTemplate.Of(rule.Kind).Unit is null ? null : rule.Threshold,
        Unit = AlertTemplate.Of(rule.Kind).Unit,
        Webhooks = rule.Webhooks,
        Enabled = rule.Enabled,
        CreatedAt = rule.CreatedAt,
    };
}

/// <summary>Something that a rule watched for, from when it began until it was over.</summary>
internal sealed record AlertView
{
    public string Object { get; } = "alert";
    public required string Id { get; init; }
    public required string RuleId { get; init; }
    public required string Rule { get; init; }
    public AlertKind Kind { get; init; }
    public string? TenantId { get; init; }

    /// <summary>What it is about, in words.</summary>
    public required string Message { get; init; }
    public DateTimeOffset FiredAt { get; init; }

    /// <summary>Null while it lasts.</summary>
    public DateTimeOffset? ResolvedAt { get; init; }

    public static AlertView From(Alert alert) => new()
    {
        Id = alert.Id, RuleId = alert.RuleId, Rule = alert.RuleName, Kind = alert.Kind, TenantId = alert.TenantId, Message = alert.Sentence, FiredAt = alert.FiredAt, ResolvedAt = alert.ResolvedAt,
    };
}

/// <summary>What came of a test at one endpoint.</summary>
/// <param name="Status">The receiver's status; null when it didn't answer.</param>
/// <param name="ResponseStart">The beginning of the answer.</param>
internal sealed record AlertTestView(string WebhookId, string Url, int? Status, double DurationMs, string? Error, string? ResponseStart)
{
    public static AlertTestView From(WebhookEndpoint endpoint, DeliveryAttempt attempt) =>
        new(endpoint.Id, endpoint.Url.OriginalString, attempt.Status, Math.Round(attempt.DurationMs, 1), attempt.Error, attempt.ResponseStart);
}
