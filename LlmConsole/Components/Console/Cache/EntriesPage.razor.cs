using System.Globalization;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Components;

namespace LlmConsole.Components.Console.Cache;

/// <summary>What this instance keeps: listed without texts, which are shown to who asks for them, and noted.</summary>
public sealed partial class EntriesPage
{
    private const int Most = 200;

    private IReadOnlyList<CacheEntry> _entries = [];
    private IReadOnlyDictionary<string, string>? _prompts;
    private CacheEntryText? _open;
    private string? _message;
    private bool _isBad;

    [Inject]
    private KeptAnswers Answers { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "tenant")]
    private string? TenantId { get; set; }

    private string? Filter => string.IsNullOrEmpty(TenantId) ? null : TenantId;

    protected override void OnParametersSet()
    {
        _open = null;
        Read();
    }

    private void Read() => (_entries, _prompts) = (Answers.List(Filter), null);

    private string Name(CacheEntry entry) => _prompts?.GetValueOrDefault(entry.RequestId) switch
    {
        null => Display.ShortId(entry.RequestId),
        "" => "no text",
        var prompt => prompt,
    };

    private string TenantOf(CacheEntry entry) => Snapshot.Tenants.GetValueOrDefault(entry.TenantId)?.Name ?? Display.ShortId(entry.TenantId);

    private static string Similarity(double? value) => value?.ToString("0.000", CultureInfo.InvariantCulture) ?? "–";

    private void ChooseTenant(ChangeEventArgs e) => Navigation.NavigateTo(e.Value is string { Length: > 0 } tenant ? $"/admin/cache/entries?tenant={Uri.EscapeDataString(tenant)}" : "/admin/cache/entries");

    private Task ShowPromptsAsync() => TryAsync(async actor => _prompts = await Answers.ReadPromptsAsync(actor, Filter, default));

    private Task OpenAsync(CacheEntry entry) => TryAsync(async actor =>
    {
        _open = await Answers.ReadAsync(actor, entry.RequestId, default);
        if (_open is null) Gone();
    });

    private Task DeleteAsync(CacheEntry entry) => TryAsync(async actor =>
    {
        var prompts = _prompts;
        if (await Answers.DeleteAsync(actor, entry.RequestId, default)) (_message, _isBad) = ($"Deleted the answer to {entry.RequestId}, on all instances.", false);
        else Gone();
        if (_open?.Entry.RequestId == entry.RequestId) _open = null;
        Read();
        _prompts = prompts;
    });

    private void Gone()
    {
        (_message, _isBad) = ("This answer is gone: it expired, was pushed out, or somebody deleted it.", true);
        Read();
    }

    private async Task TryAsync(Func<Actor, Task> act)
    {
        _message = null;
        try
        {
            await act(await Me.AuthorizeAsync());
        }
        catch (ConfigurationInvalidException refusal)
        {
            (_message, _isBad) = (refusal.Message, true);
        }
    }
}
