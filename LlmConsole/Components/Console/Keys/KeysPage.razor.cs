using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using Microsoft.AspNetCore.Components;

namespace LlmConsole.Components.Console.Keys;

/// <summary>All keys. Pasting a whole key into the search finds its row by hash; its text goes nowhere else.</summary>
public sealed partial class KeysPage
{
    /// <summary>More rows than these are neither read nor drawn.</summary>
    internal const int Most = 200;

    private readonly Dictionary<string, DateTimeOffset> _lastUsed = [];
    private readonly HashSet<string> _asked = [];
    private string _search = "";
    private string? _found;
    private string? _notice;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private UsageQueries Usage { get; set; } = default!;

    [Inject]
    private KeyActions Actions { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [SupplyParameterFromQuery]
    private string? Tenant { get; set; }

    [SupplyParameterFromQuery]
    private string? Status { get; set; }

    /// <summary>One key alone, by its id.</summary>
    [SupplyParameterFromQuery]
    private string? Key { get; set; }

    private bool IsFiltered => _search.Length > 0 || Wanted is not null || !string.IsNullOrEmpty(Tenant) || !string.IsNullOrEmpty(Status);

    protected override Task OnParametersSetAsync() => ReadUseAsync();

    /// <summary>When the keys on the page were used last, as far as that wasn't read before.</summary>
    private async Task ReadUseAsync()
    {
        var keys = Matching().Take(Most).Select(key => key.Id).Where(_asked.Add).ToList();
        if (keys.Count == 0) return;
        foreach (var (key, at) in await Usage.LastUsedAsync(keys, default)) _lastUsed[key] = at;
    }

    private string? Wanted => _found ?? (string.IsNullOrEmpty(Key) ? null : Key);

    private List<ApiKey> Matching()
    {
        var now = Time.GetUtcNow();
        return [.. Snapshot.Keys.Values
            .Where(key => Wanted is null || key.Id == Wanted)
            .Where(key => string.IsNullOrEmpty(Tenant) || key.TenantId == Tenant)
            .Where(key => !Enum.TryParse<KeyStatus>(Status, ignoreCase: true, out var status) || key.StatusAt(now) == status)
            .Where(key => _search.Length == 0 || key.Name.Contains(_search, StringComparison.OrdinalIgnoreCase) || key.LastFour == _search)
            .OrderByDescending(key => key.CreatedAt).ThenByDescending(key => key.Id, StringComparer.Ordinal)];
    }

    private Task SearchAsync(string? text)
    {
        Search(text);
        return ReadUseAsync();
    }

    private void Search(string? text)
    {
        _found = null;
        _notice = null;
        _search = text?.Trim() ?? "";
        if (!KeyFormat.TryParse(_search, out _)) return;

        _found = Snapshot.FindKey(KeyHash.Of(_search))?.Id;
        _notice = _found is null ? "The pasted key is well formed, but it was never issued here." : null;
        _search = "";
        if (_found is not null && (Tenant is not null || Status is not null || Key is not null)) Navigate(null, null);
    }

    private void Filter(string name, string? value)
    {
        _found = null;
        var text = string.IsNullOrEmpty(value) ? null : value;
        if (name == "tenant") Navigate(text, Status);
        else Navigate(Tenant, text);
    }

    private void Clear()
    {
        Search(null);
        Navigate(null, null);
    }

    private void Navigate(string? tenant, string? status) =>
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { ["tenant"] = tenant, ["status"] = status, ["key"] = null }));
}
