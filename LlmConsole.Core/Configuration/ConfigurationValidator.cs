namespace LlmConsole.Core.Configuration;

/// <summary>Says everything that is wrong with a proposed change at once, each problem naming its field.</summary>
internal static class ConfigurationValidator
{
    public const int MaxNameLength = 100;
    private const int MaxReasonLength = 500;

    public static IReadOnlyList<Problem> Validate(ConfigurationSnapshot before, ConfigurationSnapshot after, IReadOnlyList<Change> changes)
    {
        var problems = new List<Problem>();
        foreach (var (item, isDelete) in changes)
        {
            if (isDelete) Removal(after, item, problems);
            else Put(before, after, item, problems);
        }

        return problems;
    }

    private static void Put(ConfigurationSnapshot before, ConfigurationSnapshot after, IConfigured item, List<Problem> problems)
    {
        Name(item, problems);
        switch (item)
        {
            case Tier tier:
                Unique(after.Tiers.Values, tier, "tier", problems);
                TierLimits(tier, problems);
                CacheRules.Check("cache.", tier.Cache, after, problems);
                break;
            case Tenant tenant:
                Unique(after.Tenants.Values, tenant, "tenant", problems);
                if (!after.Tiers.ContainsKey(tenant.TierId)) problems.Add(new("tier", "There is no such tier. Choose one that exists."));
                LimitRules.Check("overrides.", tenant.Overrides, problems);
                LimitRules.Check("", tenant.Quotas ?? [], problems);
                if (tenant.Cache is { } cache) CacheRules.Check("cache.", cache, after, problems);
                if (tenant.Bodies is { RetentionDays: < 1 or > BodyPolicy.MaxRetentionDays }) problems.Add(new("bodies.retentionDays", $"Must be between 1 and {BodyPolicy.MaxRetentionDays} days."));
                if (tenant.StatusReason is { } reason && (reason.Length > MaxReasonLength || reason.Any(char.IsControl))) problems.Add(new("reason", $"A reason is one line of at most {MaxReasonLength} characters."));
                break;
            case ApiKey key:
                Key(before, after, key, problems);
                break;
            case UserLimit user:
                UserLimits(after, user, problems);
                break;
            case Provider provider:
                Unique(after.Providers.Values, provider, "provider", problems);
                ProviderRules.Check(provider, problems);
                if (provider.MovesKeyOf(before.Providers.GetValueOrDefault(provider.Id))) problems.Add(ProviderCredential.Moved);
                break;
            case Model model:
                Unique(after.Models.Values, model, "model", problems);
                ModelRules.Check(before, after, model, problems);
                break;
            case WebhookEndpoint endpoint:
                WebhookRules.Check(after, endpoint, problems);
                break;
            case AlertRule rule:
                Unique(after.AlertRules.Values, rule, "rule", problems);
                AlertRuleRules.Check(after, rule, problems);
                break;
        }
    }

    private static void Removal(ConfigurationSnapshot after, IConfigured item, List<Problem> problems)
    {
        var users = item switch
        {
            Tier tier => after.Tenants.Values.Where(tenant => tenant.TierId == tier.Id).Select(tenant => tenant.Name),
            Provider provider => after.Models.Values.Where(model => model.Targets.Any(target => target.ProviderId == provider.Id)).Select(model => model.Name),
            Model model => after.Models.Values.Where(other => other.Fallbacks.Contains(model.Name)).Select(other => other.Name),
            WebhookEndpoint endpoint => after.AlertRules.Values.Where(rule => rule.Webhooks.Contains(endpoint.Id)).Select(rule => $"the alert rule {rule.Name}"),
            Tenant tenant => after.Keys.Values.Where(key => key.TenantId == tenant.Id && key.RevokedAt is null).Select(key => key.Name),
            _ => [],
        };
        var names = users.Take(4).ToList();
        if (names.Count > 0) problems.Add(new("", $"{item.Name} is still used by {string.Join(", ", names.Take(3))}{(names.Count > 3 ? " and others" : "")}. Change those first."));
    }

    private static void Name(IConfigured item, List<Problem> problems)
    {
        if (string.IsNullOrWhiteSpace(item.Name)) problems.Add(new("name", "A name is needed."));
        else if (item.Name.Length > MaxNameLength) problems.Add(new("name", $"A name has at most {MaxNameLength} characters."));
        else if (item.Name != item.Name.Trim() || item.Name.Any(char.IsControl)) problems.Add(new("name", "A name doesn't begin or end with a space, and has no control characters."));
    }

    private static void Unique<T>(IEnumerable<T> all, T item, string kind, List<Problem> problems) where T : IConfigured
    {
        if (all.Any(other => other.Id != item.Id && string.Equals(other.Name, item.Name, StringComparison.OrdinalIgnoreCase)))
            problems.Add(new("name", $"There is already a {kind} named {item.Name}. Choose another name."));
    }

    private static void TierLimits(Tier tier, List<Problem> problems)
    {
        LimitRules.Check("", tier.Limits, problems);
        LimitRules.Check("", tier.Quotas, problems);
        Patterns("models", tier.Models, problems);
        if (tier.Timeouts is { } limits) ModelRules.Timeouts(limits.FirstTokenSeconds, limits.IdleSeconds, limits.TotalSeconds, limits.ConnectSeconds, problems);
        if (tier.Models.Count == 0) problems.Add(new("models", "Name at least one model, or * for all."));
    }

    private static void Key(ConfigurationSnapshot before, ConfigurationSnapshot after, ApiKey key, List<Problem> problems)
    {
        if (key.Kind == ApiKeyKind.Live && (key.TenantId is null || !after.Tenants.ContainsKey(key.TenantId))) problems.Add(new("tenant", "There is no such tenant. Choose one that exists."));
        if (key.Kind == ApiKeyKind.Admin && key.TenantId is not null) problems.Add(new("tenant", "An admin key belongs to no tenant."));
        if (before.Keys.GetValueOrDefault(key.Id) is null && key.ExpiresAt <= key.CreatedAt) problems.Add(new("expiresAt", "The expiry must lie in the future."));
        LimitRules.Check("", key.Limits, problems);
        LimitRules.Check("", key.Quotas, problems);
        LimitRules.CheckAddresses(key.IpAllow, problems);
        Patterns("models", key.Models, problems);
    }

    private static void UserLimits(ConfigurationSnapshot after, UserLimit limit, List<Problem> problems)
    {
        if (!after.Tenants.ContainsKey(limit.TenantId)) problems.Add(new("tenant", "There is no such tenant. Choose one that exists."));
        if (after.UserLimits.Values.Any(other => other.Id != limit.Id && other.TenantId == limit.TenantId && other.UserId == limit.UserId))
            problems.Add(new("user", $"The limits of {limit.UserId} are set already. Change those."));
        LimitRules.Check("", limit.Limits, problems);
        LimitRules.Check("", limit.Quotas, problems);
    }

    private static void Patterns(string field, IReadOnlyList<string> patterns, List<Problem> problems)
    {
        if (patterns.Count > 200) problems.Add(new(field, "At most 200 models."));
        for (var i = 0; i < patterns.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(patterns[i]) || patterns[i].Length > ModelRules.MaxModelName || patterns[i].AsSpan(0, patterns[i].Length - 1).Contains('*'))
                problems.Add(new($"{field}[{i}]", "A model name, or a prefix that ends in one *."));
        }
    }

    internal static void Range(string field, int? value, int min, int max, List<Problem> problems)
    {
        if (value is { } number && (number < min || number > max))
            problems.Add(new(field, FormattableString.Invariant($"Must be between {min:N0} and {max:N0}; leave it out for no limit.")));
    }
}
