using LlmConsole.Components.Chat.Answering;
using LlmConsole.Components.Chat.Turns;
using LlmConsole.Core.Conversations;

namespace LlmConsole.Components.Chat;

/// <summary>What happens to the open conversation.</summary>
public sealed partial class ChatPage
{
    private async Task OpenAsync(string? conversationId)
    {
        Leave();
        var sought = conversationId is null || At is null ? null : await Store.ChooseAsync(_userId, conversationId, At, 0, _gone.Token);
        await TakeAsync(conversationId is null ? null : sought ?? await Store.FindAsync(_userId, conversationId, _gone.Token));
        _isMissing = conversationId is not null && _thread is null;
        _isListOpen = false;
        _announcement = null;
        _scrollTo = -1;
        if (_thread is null) return;
        _model = Usable(_thread.Conversation.Model) ?? _model;
        if (sought is not null && PlaceOf(At) is var place and >= 0)
        {
            await ShowAsync(place);
            _scrollTo = place;
        }

        FollowLeaf();
    }

    private Task<bool> SendAsync(string question) => AskAsync(model => Store.AskAsync(_userId, _thread?.Conversation.Id, model, question, _gone.Token));

    private Task EditAsync((string MessageId, string Text) edit) => _thread is not { } thread ? Task.CompletedTask
        : AskAsync(model => Store.EditAsync(_userId, thread.Conversation.Id, edit.MessageId, model, edit.Text, _gone.Token));

    private Task AskAgainAsync(string messageId) => _thread is not { } thread ? Task.CompletedTask
        : AskAsync(model => Store.AskAgainAsync(_userId, thread.Conversation.Id, messageId, model, _gone.Token));

    /// <summary>False when it wasn't asked: something is being answered, or the conversation was deleted meanwhile, elsewhere.</summary>
    private async Task<bool> AskAsync(Func<string, Task<ConversationThread?>> write)
    {
        if (IsAnswering || _isAsking || _model is not { } model || !await IsSignedInAsync()) return false;
        _isAsking = true;
        ConversationThread? thread;
        try
        {
            await TakeAsync(thread = await write(model));
            _isMissing = thread is null;
            if (thread is not null) Follow(Answers.Start(_userId, _tenantId, thread));
            _scrollTo = -1;
        }
        finally
        {
            _isAsking = false;
        }

        StateHasChanged();
        if (thread is null) return false;
        if (ConversationId != thread.Conversation.Id) Navigation.NavigateTo($"/chat/{thread.Conversation.Id}", replace: true);
        await ToldAsync(thread.Conversation.Id);
        return true;
    }

    private async Task StepAsync((string MessageId, int Steps) step)
    {
        if (IsAnswering || _thread is not { } thread || !await IsSignedInAsync()) return;
        var place = PlaceOf(step.MessageId);
        await TakeAsync(await Store.ChooseAsync(_userId, thread.Conversation.Id, step.MessageId, step.Steps, _gone.Token), place);
        News.Tell(_userId, thread.Conversation.Id, this);
    }

    private void Stop() => _live?.Stop();

    /// <summary>Shows this thread from now on, at this place, or where it ends.</summary>
    private async Task TakeAsync(ConversationThread? thread, int? place = null)
    {
        _thread = thread;
        _leavesOut = thread is not null && thread.Turns.Count(turn => turn.HasText) > ConversationCalls.MaxMessages;
        if (thread is null) _window = ThreadWindow.Empty;
        else await ShowAsync(place ?? thread.Turns.Count);
    }

    private async Task ShowAsync(int place)
    {
        if (_thread is not { } thread) return;
        var window = await ThreadWindow.AroundAsync(Store, _userId, thread, place, _gone.Token);
        await ReadUsageAsync(window);
        _window = window;
        LookAgain();
    }

    private int PlaceOf(string? messageId)
    {
        for (var place = 0; place < _thread?.Turns.Count; place++)
        {
            if (_thread.Turns[place].MessageId == messageId) return place;
        }

        return -1;
    }

    private void FollowLeaf()
    {
        if (_thread?.Turns is [.., var last] && Answers.Find(last.MessageId) is { } live && live != _live) Follow(live);
    }

    private void Follow(LiveAnswer live)
    {
        Leave();
        _live = live;
        _announcement = null;

        // The page itself watches, for the message may be scrolled out of it. Not while it is prerendered: that watcher would leave at once, and the last one to leave stops the answer.
        if (RendererInfo.IsInteractive) _watch = live.Watch(() => { });
        if (_gone.IsCancellationRequested) live.Stop();
        else _ = FollowToEndAsync(live);
    }

    private void Leave()
    {
        _watch?.Dispose();
        (_watch, _live) = (null, null);
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
        var place = _window.End == thread.Turns.Count ? (int?)null : _window.First + (ThreadWindow.Size / 2);
        await TakeAsync(await Store.FindAsync(_userId, thread.Conversation.Id, _gone.Token), place);
        _isMissing = _thread is null;
        _standing = await Standings.OfUserAsync(_tenantId, _userId, Configuration.Current, _gone.Token);
        Leave();
        _announcement = _window.Shown is [.., { Message.State: var state }] ? state switch
        {
            MessageState.Complete => "Answer complete",
            MessageState.Stopped => "Answer stopped",
            _ => "No complete answer",
        } : null;
        StateHasChanged();
    }

    /// <summary>This page changed the conversation: its list and the user's other pages show it.</summary>
    private async Task ToldAsync(string conversationId)
    {
        News.Tell(_userId, conversationId, this);
        if (_history is not null) await _history.RefreshAsync();
    }

    private void OnNews(string userId, string conversationId, object origin)
    {
        if (userId == _userId && origin != this) _ = InvokeAsync(() => RefreshAsync(conversationId));
    }

    /// <summary>Another page of the user changed this conversation.</summary>
    private async Task RefreshAsync(string conversationId)
    {
        if (_gone.IsCancellationRequested) return;
        try
        {
            if (_history is not null) await _history.RefreshAsync();
            if (_thread?.Conversation.Id != conversationId) return;
            await TakeAsync(await Store.FindAsync(_userId, conversationId, _gone.Token));
            _isMissing = _thread is null;
            FollowLeaf();
            StateHasChanged();
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The page went away meanwhile.
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
    }

    /// <summary>The list renamed, pinned, deleted or restored a conversation.</summary>
    private async Task ShelvedAsync(string conversationId)
    {
        News.Tell(_userId, conversationId, this);
        if (_thread?.Conversation.Id != conversationId) return;
        if (await Store.FindAsync(_userId, conversationId, _gone.Token) is { } thread)
        {
            _thread = _thread with { Conversation = thread.Conversation };
            return;
        }

        _live?.Stop();
        Leave();
        await TakeAsync(null);
        Navigation.NavigateTo("/chat", replace: true);
    }
}
