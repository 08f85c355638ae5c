using LlmConsole.Components.Chat.Answering;
using LlmConsole.Core.Conversations;

namespace LlmConsole.Components.Chat;

/// <summary>What happens to the open conversation.</summary>
public sealed partial class ChatPage
{
    private async Task OpenAsync(string? conversationId)
    {
        _live = null;
        _thread = conversationId is null ? null : await Store.FindAsync(_userId, conversationId, _gone.Token);
        _isMissing = conversationId is not null && _thread is null;
        _isListOpen = false;
        _announcement = null;
        _shouldScroll = true;
        if (_thread is null) return;
        _model = Usable(_thread.Conversation.Model) ?? _model;
        await ReadBooksAsync();
        if (_thread.Messages is [.., { State: MessageState.Streaming } last] && Answers.Find(last.Id) is { } live) Follow(live);
    }

    private async Task<bool> SendAsync(string question)
    {
        if (IsAnswering || _isAsking || _model is not { } model) return false;
        return await AskAsync(() => Store.AskAsync(_userId, _thread?.Conversation.Id, model, question, _gone.Token));
    }

    private async Task TryAgainAsync()
    {
        if (IsAnswering || _isAsking || _model is not { } model || _thread is not { } thread) return;
        await AskAsync(() => Store.AskAgainAsync(_userId, thread.Conversation.Id, model, _gone.Token));
    }

    /// <summary>False when the conversation was deleted meanwhile, elsewhere.</summary>
    private async Task<bool> AskAsync(Func<Task<ConversationThread?>> write)
    {
        _isAsking = true;
        try
        {
            var thread = await write();
            if (thread is null)
            {
                (_isMissing, _thread) = (true, null);
                StateHasChanged();
                return false;
            }

            _thread = thread;
            _isMissing = false;
            Follow(Answers.Start(_userId, _tenantId, thread));
            Lift(thread.Conversation);
            _shouldScroll = true;
            StateHasChanged();
        }
        finally
        {
            _isAsking = false;
        }

        if (ConversationId != _thread.Conversation.Id) Navigation.NavigateTo($"/chat/{_thread.Conversation.Id}", replace: true);
        return true;
    }

    private void Stop() => _live?.Stop();

    private void Follow(LiveAnswer live)
    {
        _live = live;
        _announcement = null;
        if (_gone.IsCancellationRequested) live.Stop();
        else _ = FollowToEndAsync(live);
    }

    private async Task FollowToEndAsync(LiveAnswer live)
    {
        await live.Ended;
        try
        {
            await InvokeAsync(() => EndedAsync(live));
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The page went away while the ending was read.
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
    }

    private async Task EndedAsync(LiveAnswer live)
    {
        if (_live != live || _gone.IsCancellationRequested || _thread is not { } thread) return;
        _thread = await Store.FindAsync(_userId, thread.Conversation.Id, _gone.Token);
        _isMissing = _thread is null;
        await ReadBooksAsync();
        _live = null;
        _announcement = _thread?.Messages[^1].State switch
        {
            MessageState.Complete => "Answer complete",
            MessageState.Stopped => "Answer stopped",
            _ => "No complete answer",
        };
        StateHasChanged();
    }

    private async Task ReadBooksAsync()
    {
        var ids = _thread?.Messages.Select(message => message.RequestId).OfType<string>().Where(id => !_usage.ContainsKey(id)).ToList();
        if (ids is not { Count: > 0 }) return;
        var found = await Books.FindAllAsync(ids, _gone.Token);
        foreach (var (id, record) in found) _usage[id] = record;
    }

    /// <summary>The conversation that was just used moves to the top of the list.</summary>
    private void Lift(Conversation conversation)
    {
        _conversations.RemoveAll(other => other.Id == conversation.Id);
        _conversations.Insert(0, conversation);
    }

    private async Task RenameAsync((string Id, string Title) change)
    {
        if (!await Store.RenameAsync(_userId, change.Id, change.Title, _gone.Token)) return;
        if (await Store.FindAsync(_userId, change.Id, _gone.Token) is not { } renamed) return;
        var index = _conversations.FindIndex(conversation => conversation.Id == change.Id);
        if (index >= 0) _conversations[index] = renamed.Conversation;
        if (_thread?.Conversation.Id == change.Id) _thread = _thread with { Conversation = renamed.Conversation };
    }

    private async Task DeleteAsync(string id)
    {
        await Store.DeleteAsync(_userId, id, _gone.Token);
        _conversations.RemoveAll(conversation => conversation.Id == id);
        if (_thread?.Conversation.Id != id) return;
        _live?.Stop();
        _live = null;
        _thread = null;
        Navigation.NavigateTo("/chat", replace: true);
    }
}
