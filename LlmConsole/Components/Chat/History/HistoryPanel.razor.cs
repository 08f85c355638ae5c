using LlmConsole.Core.Conversations;
using Microsoft.AspNetCore.Components;

namespace LlmConsole.Components.Chat.History;

/// <summary>The user's conversations: pinned ones, the others by date, and what a search found.</summary>
public sealed partial class HistoryPanel : IAsyncDisposable
{
    private const int PerPage = 50;

    /// <summary>A search goes through all messages, so it waits until the typing pauses.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _gone = new();
    private IReadOnlyList<Conversation> _pinned = [];
    private List<Conversation> _recent = [];
    private IReadOnlyList<FoundConversation>? _found;
    private ConversationCursor? _next;
    private Conversation? _deleted;
    private string? _sought;
    private CancellationTokenSource? _search;

    [Inject] private ConversationShelf Shelf { get; set; } = null!;
    [Inject] private TimeProvider Time { get; set; } = null!;

    [Parameter, EditorRequired] public required string UserId { get; set; }

    [Parameter] public string? SelectedId { get; set; }

    /// <summary>The reader's distance from UTC.</summary>
    [Parameter] public TimeSpan Offset { get; set; }

    /// <summary>A conversation, or a new one, was chosen.</summary>
    [Parameter] public EventCallback OnChosen { get; set; }

    /// <summary>This conversation was renamed, pinned, deleted or restored.</summary>
    [Parameter] public EventCallback<string> OnChanged { get; set; }

    /// <summary>Reads the list anew, as far as it is shown.</summary>
    public async Task RefreshAsync()
    {
        await ReadAsync(Math.Max(PerPage, _recent.Count));
        StateHasChanged();
    }

    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        _gone.Dispose();
        _search?.Dispose();
    }

    protected override Task OnInitializedAsync() => ReadAsync(PerPage);

    private async Task ReadAsync(int count)
    {
        _pinned = await Shelf.PinnedAsync(UserId, _gone.Token);
        var page = await Shelf.ListAsync(UserId, count, null, _gone.Token);
        (_recent, _next) = ([.. page.Conversations], page.Next);
    }

    private async Task MoreAsync()
    {
        var page = await Shelf.ListAsync(UserId, PerPage, _next, _gone.Token);
        _recent.AddRange(page.Conversations);
        _next = page.Next;
    }

    private async Task SearchAsync()
    {
        if (_search is { } before)
        {
            await before.CancelAsync();
            before.Dispose();
        }

        _search = CancellationTokenSource.CreateLinkedTokenSource(_gone.Token);
        try
        {
            await FindAsync(_search.Token);
        }
        catch (OperationCanceledException)
        {
            // More was typed, or the page is gone.
        }
    }

    private async Task FindAsync(CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(_sought))
        {
            _found = null;
            return;
        }

        await Task.Delay(Pause, Time, cancellation);
        _found = await Shelf.SearchAsync(UserId, _sought, cancellation);
    }

    private Task ClearAsync()
    {
        _sought = null;
        return SearchAsync();
    }

    private async Task RenameAsync(Conversation conversation, string title)
    {
        if (await Shelf.RenameAsync(UserId, conversation.Id, title, _gone.Token)) await ChangedAsync(conversation.Id);
    }

    private async Task PinAsync(Conversation conversation)
    {
        if (await Shelf.PinAsync(UserId, conversation.Id, conversation.PinnedAt is null, _gone.Token)) await ChangedAsync(conversation.Id);
    }

    private async Task DeleteAsync(Conversation conversation)
    {
        if (await Shelf.DeleteAsync(UserId, conversation.Id, _gone.Token)) _deleted = conversation;
        await ChangedAsync(conversation.Id);
    }

    private async Task RestoreAsync(Conversation conversation)
    {
        _deleted = null;
        await Shelf.RestoreAsync(UserId, conversation.Id, _gone.Token);
        await ChangedAsync(conversation.Id);
    }

    private async Task ChangedAsync(string conversationId)
    {
        await ReadAsync(Math.Max(PerPage, _recent.Count));
        if (_found is not null && !string.IsNullOrWhiteSpace(_sought)) _found = await Shelf.SearchAsync(UserId, _sought, _gone.Token);
        await OnChanged.InvokeAsync(conversationId);
    }
}
