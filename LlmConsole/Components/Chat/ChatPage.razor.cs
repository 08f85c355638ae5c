using LlmConsole.Authentication;
using LlmConsole.Components.Chat.Answering;
using LlmConsole.Core.Conversations;
using LlmConsole.Core.Metering;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.JSInterop;

namespace LlmConsole.Components.Chat;

/// <summary>The chat page: one conversation at a time, the others at the side.</summary>
public sealed partial class ChatPage : IAsyncDisposable
{
    private const int ConversationsPerPage = 50;
    private const string WithoutModels = "Your account may use no model. It belongs to no tenant, or the tenant's tier allows none. Ask an administrator.";

    private readonly CancellationTokenSource _gone = new();
    private readonly List<Conversation> _conversations = [];
    private IReadOnlyList<string> _models = [];
    private readonly Dictionary<string, UsageRecord> _usage = [];
    private ConversationThread? _thread;
    private ConversationCursor? _next;
    private LiveAnswer? _live;
    private string _userId = "";
    private string? _tenantId;
    private string? _model;
    private string? _announcement;
    private string? _openedId;
    private bool _isMissing;
    private bool _isListOpen;
    private bool _isAsking;
    private bool _isOpened;
    private bool _shouldScroll;
    private TimeSpan _offset;
    private ElementReference _root;
    private IJSObjectReference? _script;

    [Parameter] public string? ConversationId { get; set; }

    [CascadingParameter] private Task<AuthenticationState> Authentication { get; set; } = null!;

    [Inject] private ConversationStore Store { get; set; } = null!;
    [Inject] private ConversationCalls Calls { get; set; } = null!;
    [Inject] private LiveAnswers Answers { get; set; } = null!;
    [Inject] private UsageQueries Books { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;
    [Inject] private IJSRuntime Script { get; set; } = null!;

    private bool IsAnswering => _live is { Ended.IsCompleted: false };

    private bool LeavesOut => _thread is not null && _thread.Messages.Count(ConversationCalls.IsSent) > ConversationCalls.MaxMessages;

    protected override async Task OnInitializedAsync()
    {
        var user = (await Authentication).User;
        _userId = user.Id();
        _tenantId = user.FindFirst(Access.TenantClaim)?.Value;
        _models = Calls.ModelsOf(_tenantId);
        await MoreAsync();
        _model = Usable(_conversations is [var latest, ..] ? latest.Model : null) ?? (_models is [var first, ..] ? first : null);
    }

    protected override async Task OnParametersSetAsync()
    {
        if (_isOpened && ConversationId == _openedId) return;
        _isOpened = true;
        _openedId = ConversationId;
        if (ConversationId == _thread?.Conversation.Id) return;
        await OpenAsync(ConversationId);
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            await using var module = await Script.InvokeAsync<IJSObjectReference>("import", _gone.Token, "./Components/Chat/ChatPage.razor.js");
            _script = await module.InvokeAsync<IJSObjectReference>("attach", _gone.Token, _root);
            _offset = TimeSpan.FromMinutes(await _script.InvokeAsync<int>("minutesFromUtc", _gone.Token));
            StateHasChanged();
        }

        if (!_shouldScroll || _script is null) return;
        _shouldScroll = false;
        await _script.InvokeVoidAsync("toEnd", _gone.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        _gone.Dispose();
        if (_script is null) return;
        try
        {
            await _script.InvokeVoidAsync("detach");
            await _script.DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // The browser is gone, and with it what was attached.
        }
    }

    private string? Usable(string? model) => model is not null && _models.Contains(model) ? model : null;

    private LiveAnswer? LiveOf(Message message) => _live is { } live && live.MessageId == message.Id ? live : null;

    private UsageRecord? UsageOf(Message message) => message.RequestId is { } id ? _usage.GetValueOrDefault(id) : null;

    private EventCallback TryAgainOf(Message message) =>
        !IsAnswering && _thread?.Messages[^1].Id == message.Id && message.State is MessageState.Failed or MessageState.Streaming ? EventCallback.Factory.Create(this, TryAgainAsync) : default;

    private async Task MoreAsync()
    {
        var page = await Store.ListAsync(_userId, ConversationsPerPage, _next, _gone.Token);
        _conversations.AddRange(page.Conversations);
        _next = page.Next;
    }
}
