using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace LlmConsole.Components.Console.Requests;

/// <summary>Following the newest calls, and what leads out of the page.</summary>
public sealed partial class RequestsPage
{
    private const int TailPage = 100;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    private CallTail? _tail;
    private bool _following;
    private bool _hasFollowed;
    private bool _reading;
    private ITimer? _timer;

    [Inject]
    private IJSRuntime Js { get; set; } = default!;

    /// <summary>The list without what is open and which page of it.</summary>
    private string ViewQuery => new Uri(Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { ["call"] = null, ["before"] = null })).Query.TrimStart('?');

    private string CsvUrl => Navigation.GetUriWithQueryParameters("/admin/v1/requests.csv", new Dictionary<string, object?>
    {
        ["tenant"] = CurrentFilter.TenantId, ["key"] = CurrentFilter.KeyId, ["user"] = CurrentFilter.UserId, ["task"] = CurrentFilter.Task, ["model"] = CurrentFilter.Model, ["served"] = CurrentFilter.ModelServed,
        ["outcome"] = Name(CurrentFilter.Outcome), ["status"] = CurrentFilter.Status, ["cache"] = Name(CurrentFilter.Cache), ["is"] = Name(CurrentFilter.Is), ["longerThanMs"] = CurrentFilter.LongerThanMs,
        ["from"] = CurrentFilter.From?.ToString("O"), ["to"] = CurrentFilter.To?.ToString("O"),
    });

    private static string? Name<T>(T? value) where T : struct, Enum => value?.ToString().ToLowerInvariant();

    private void Follow(bool follow)
    {
        _hasFollowed |= follow;
        _following = follow;
        _timer?.Dispose();
        _timer = follow ? Time.CreateTimer(_ => _ = InvokeAsync(TickAsync), null, TimeSpan.Zero, Pace) : null;
    }

    private async Task TickAsync()
    {
        if (!_following || _reading || _loading || _tail is not { } tail) return;
        _reading = true;
        try
        {
            if (await tail.ReadAsync() && await Js.InvokeAsync<bool>("llmConsole.isAtTop")) tail.Show();
        }
        finally
        {
            _reading = false;
        }

        StateHasChanged();
    }

    private async Task ShowNewAsync()
    {
        _tail?.Show();
        await Js.InvokeVoidAsync("llmConsole.toTop");
        await CountAsync();
    }

    private async Task GoOnAsync()
    {
        if (_tail is not { } tail) return;
        Navigate("before", tail.IsCut ? await Usage.SequenceOfAsync(tail.Shown[^1].RequestId, default) : tail.Next);
    }
}
