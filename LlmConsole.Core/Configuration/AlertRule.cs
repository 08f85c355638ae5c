using System.Globalization;

namespace LlmConsole.Core.Configuration;

/// <summary>What an operator wants to be told of.</summary>
public sealed record AlertRule : IConfigured
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required AlertKind Kind { get; init; }

    /// <summary>Whose calls, budgets or keys; none for all tenants.</summary>
    public string? TenantId { get; init; }

    /// <summary>From where on it fires, in the unit of its kind; of no meaning to kinds without one.</summary>
    public double Threshold { get; init; }

    /// <summary>Ids of the webhook endpoints that are told of its alerts, whatever they take otherwise; none for all that take alerts.</summary>
    public IReadOnlyList<string> Webhooks { get; init; } = [];
    public bool Enabled { get; init; } = true;
    public DateTimeOffset CreatedAt { get; init; }
}

public enum AlertKind
{
    /// <summary>A budget is used up to a share, in percent.</summary>
    Budget,

    /// <summary>A tenant spent in the last hour so many times what it spends in an hour otherwise.</summary>
    SpendVelocity,

    /// <summary>The share of calls that failed, in percent.</summary>
    ErrorRate,

    /// <summary>The time within which 95 % of calls are done, in milliseconds.</summary>
    Latency,

    /// <summary>The time within which 95 % of answers begin, in milliseconds.</summary>
    FirstToken,

    /// <summary>A target failed so often that it is left alone.</summary>
    TargetDown,

    /// <summary>Calls use a model that has no price.</summary>
    UnpricedModel,

    /// <summary>Redis or the database doesn't answer as it should.</summary>
    StoreDegraded,

    /// <summary>A key expires within so many days.</summary>
    KeyExpiring,

    /// <summary>A webhook endpoint was disabled because its receiver failed.</summary>
    EndpointDisabled,
}

/// <summary>A kind of rule as it is usually wanted.</summary>
/// <param name="What">When it fires, as a sentence without a beginning; <c>{0}</c> stands for the threshold.</param>
/// <param name="Unit">Of the threshold; none for kinds without one.</param>
/// <param name="HasTenant">Whether it can be narrowed to a tenant.</param>
public sealed record AlertTemplate(AlertKind Kind, string Name, string What, double Threshold = 0, string? Unit = null, double Least = 0, double Most = 0, bool HasTenant = false)
{
    /// <summary>The rules that most installations want.</summary>
    public static readonly IReadOnlyList<AlertTemplate> All =
    [
        new(AlertKind.Budget, "Budget at 80 %", "a budget of a tenant or key is used up to {0}, hard or soft", 80, "%", 1, 1_000, HasTenant: true),
        new(AlertKind.Budget, "Budget used up", "a budget of a tenant or key is used up to {0}, hard or soft", 100, "%", 1, 1_000, HasTenant: true),
        new(AlertKind.SpendVelocity, "Spending much faster than usual", "a tenant spent in the last hour {0} its hourly average of the day before, and at least 10 cents", 3, "times", 1.1, 1_000, HasTenant: true),
        new(AlertKind.ErrorRate, "Many errors", "{0} of a model's calls failed in the last five minutes, of at least ten", 5, "%", 0.1, 100, HasTenant: true),
        new(AlertKind.Latency, "Slow answers", "the slowest 5 % of a model's calls took longer than {0} in the last five minutes, of at least ten", 30_000, "ms", 1, 3_600_000, HasTenant: true),
        new(AlertKind.FirstToken, "Slow first tokens", "the slowest 5 % of a model's answers took longer than {0} to begin in the last five minutes, of at least ten", 5_000, "ms", 1, 3_600_000, HasTenant: true),
        new(AlertKind.TargetDown, "Target down", "a target failed so often that the gateway leaves it alone"),
        new(AlertKind.UnpricedModel, "Model without a price", "calls of the last two hours used a model that no price is known of"),
        new(AlertKind.StoreDegraded, "Store degraded", "Redis or the database doesn't answer as it should"),
        new(AlertKind.KeyExpiring, "Key expires soon", "a key expires within {0}", 7, "days", 1, 365, HasTenant: true),
        new(AlertKind.EndpointDisabled, "Webhook endpoint disabled", "a webhook endpoint was disabled because its receiver failed again and again", HasTenant: true),
    ];

    /// <summary>When it fires, with the threshold in words.</summary>
    public string When(string threshold) => string.Format(CultureInfo.InvariantCulture, What, threshold);

    public static AlertTemplate Of(AlertKind kind) => All.First(template => template.Kind == kind);
}

/// <summary>What a rule must look like.</summary>
internal static class AlertRuleRules
{
    private const int MostWebhooks = 50;

    public static void Check(ConfigurationSnapshot after, AlertRule rule, List<Problem> problems)
    {
        var template = AlertTemplate.Of(rule.Kind);
        if (rule.TenantId is { } tenant && !after.Tenants.ContainsKey(tenant)) problems.Add(new("tenant", "There is no such tenant. Choose one that exists."));
        if (rule.TenantId is not null && !template.HasTenant) problems.Add(new("tenant", "A rule of this kind is for the whole gateway."));
        if (template.Unit is { } unit && !(rule.Threshold >= template.Least && rule.Threshold <= template.Most))
            problems.Add(new("threshold", FormattableString.Invariant($"Must be between {template.Least} and {template.Most:N0} {unit}.")));
        Webhooks(after, rule, problems);
    }

    /// <summary>An endpoint of a tenant would be told of others by a rule that isn't this tenant's alone.</summary>
    private static void Webhooks(ConfigurationSnapshot after, AlertRule rule, List<Problem> problems)
    {
        if (rule.Webhooks.Count > MostWebhooks) problems.Add(new("webhooks", FormattableString.Invariant($"A rule names at most {MostWebhooks} webhook endpoints.")));
        for (var i = 0; i < rule.Webhooks.Count && i < MostWebhooks; i++)
        {
            var problem = after.Webhooks.GetValueOrDefault(rule.Webhooks[i]) is not { } endpoint ? "There is no such webhook endpoint. Name one that exists, by its id."
                : endpoint.IsFor(rule.TenantId) ? null
                : rule.TenantId is null ? "This webhook endpoint is a tenant's, and the rule is for all tenants. Name an endpoint of the gateway, or make the rule the tenant's."
                : "This webhook endpoint is another tenant's. Name one of the rule's tenant or of the gateway.";
            if (problem is not null) problems.Add(new(FormattableString.Invariant($"webhooks[{i}]"), problem));
        }
    }
}
