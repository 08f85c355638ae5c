using LlmConsole.Core.Configuration;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Metering;

namespace LlmConsole.Components.Layout.Search;

/// <summary>Finds pages, what is configured by name, keys by their whole text, and calls and jobs by their id.</summary>
internal sealed class GlobalSearch(ConfigurationStore store, UsageQueries usage, JobBoard jobs)
{
    public const int Most = 12;

    /// <summary>The key that this text is, found by its hash; none when it isn't the text of a key.</summary>
    /// <param name="isKey">Whether the text is that of a key, issued here or not: it must go nowhere then.</param>
    public Found? FindKey(string text, out bool isKey)
    {
        isKey = KeyFormat.TryParse(text, out _);
        return isKey && store.Current.FindKey(KeyHash.Of(text)) is { } key ? Of(key) : null;
    }

    public async Task<IReadOnlyList<Found>> FindAsync(string text, CancellationToken cancellation)
    {
        var found = new List<Found>();
        if (text.Length > 8 && !text.Any(char.IsWhiteSpace) && await usage.FindAsync(text, cancellation) is { } record)
            found.Add(new Found("Request", record.RequestId, $"/admin/requests?call={Uri.EscapeDataString(record.RequestId)}"));
        if (text.StartsWith("job_", StringComparison.Ordinal) && await jobs.FindAsync(text, cancellation) is { } job) found.Add(new Found("Job", job.Task ?? job.Id, $"/admin/jobs/{job.Id}"));
        found.AddRange(ByName(store.Current).Where(candidate => candidate.Name.Contains(text, StringComparison.OrdinalIgnoreCase))
            .OrderByDescending(candidate => candidate.Name.StartsWith(text, StringComparison.OrdinalIgnoreCase)).Take(Most - found.Count));
        return found;
    }

    private static IEnumerable<Found> ByName(ConfigurationSnapshot snapshot)
    {
        var pages = NavRail.Groups.SelectMany(group => group.Items).Select(item => new Found("Page", item.Name, item.Href));
        var tenants = snapshot.Tenants.Values.Select(tenant => new Found("Tenant", tenant.Name, $"/admin/tenants/{tenant.Id}"));
        var models = snapshot.Models.Values.Select(model => new Found("Model", model.Name, $"/admin/models/{model.Id}"));
        var keys = snapshot.Keys.Values.Where(key => key.RevokedAt is null).Select(Of);
        return pages.Concat(Named(tenants)).Concat(Named(models)).Concat(Named(keys));
    }

    private static IOrderedEnumerable<Found> Named(IEnumerable<Found> found) => found.OrderBy(candidate => candidate.Name, StringComparer.OrdinalIgnoreCase);

    private static Found Of(ApiKey key) => new("Key", key.Name, $"/admin/keys?key={key.Id}");
}
