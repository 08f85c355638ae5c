namespace LlmConsole.Core.Configuration;

/// <summary>What an endpoint of webhooks must look like. Whether its address may be private depends on a setting, and is judged by whoever saves.</summary>
internal static class WebhookRules
{
    private const int MostOfTenant = 50;

    public static void Check(ConfigurationSnapshot after, WebhookEndpoint endpoint, List<Problem> problems)
    {
        if (endpoint.TenantId is { } tenant && !after.Tenants.ContainsKey(tenant)) problems.Add(new("tenant", "There is no such tenant. Choose one that exists."));
        if (OutboundAddress.WhyNot(endpoint.Url, allowPrivate: true) is { } reason) problems.Add(new("url", reason));
        if (endpoint.Events.Count == 0) problems.Add(new("events", "Name at least one type of event, such as job.*."));
        if (endpoint.Events.Count > EventTypes.All.Count) problems.Add(new("events", FormattableString.Invariant($"At most {EventTypes.All.Count} types of events.")));
        for (var i = 0; i < endpoint.Events.Count && i < EventTypes.All.Count; i++)
        {
            if (!EventTypes.IsPattern(endpoint.Events[i])) problems.Add(new(FormattableString.Invariant($"events[{i}]"), $"There are {string.Join(", ", EventTypes.All)}, and groups of them such as job.*."));
        }

        if (after.Webhooks.Values.Count(other => other.TenantId == endpoint.TenantId) > MostOfTenant)
            problems.Add(new("tenant", FormattableString.Invariant($"A tenant has at most {MostOfTenant} webhook endpoints. Delete those that aren't needed.")));
    }
}
