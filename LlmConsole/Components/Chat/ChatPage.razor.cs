using LlmConsole.Authentication;
using LlmConsole.Components.Chat.Answering;
using LlmConsole.Components.Chat.History;
using LlmConsole.Components.Chat.Turns;
using LlmConsole.Components.Console.Budgets;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Conversations;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Routing;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.JSInterop;

namespace LlmConsole.Components.Chat;

/// <summary>The chat page: one conversation at a time, the others at the side.</summary>
public sealed partial class ChatPage : IAsyncDisposable
{
    private const string WithoutModels = "Your account may use no model. It belongs to no tenant, or the tenant's tier allows none. An administrator can change that.";

    /// <summary>Asked like any other question, so that every model understands it and the thread shows what was sent.</summary>
    private const string Continuation = "Continue exactly where your last answer stopped.";

    private readonly CancellationTokenSource _gone = new();
    private IReadOnlyList<string> _models = [];
    private ConversationThread? _thread;
    private ThreadWindow _window = ThreadWindow.Empty;
    private LiveAnswer? _live;
    private IDisposable? _watch;
    private string _userId = "";
    private string? _tenantId;
    private string? _model;
    private QuotaStanding? _standing;
    private string? _announcement;
    private (string? Conversation, string? At) _opened;
    private bool _leavesOut;
    private bool _isMissing;
    private bool _isListOpen;
    private bool _isAsking;
    private bool _isOpened;
    private bool _isLoaded;
    private int? _scrollTo;
    private TimeSpan _offset;
    private HistoryPanel? _history;
    private ElementReference _root;
    private DotNetObjectReference<ChatPage>? _self;
    private IJSObjectReference? _script;

    [Parameter] public string? ConversationId { get; set; }

    /// <summary>The message to begin reading at.</summary>
    [SupplyParameterFromQuery(Name = "at")] private string? At { get; set; }

    [CascadingParameter] private Task<AuthenticationState> Authentication { get; set; } = null!;

    [Inject] private ConversationStore Store { get; set; } = null!;
    [Inject] private ConversationShelf Shelf { get; set; } = null!;
    [Inject] private ConversationCalls Calls { get; set; } = null!;
    [Inject] private ConversationNews News { get; set; } = null!;
    [Inject] private LiveAnswers Answers { get; set; } = null!;
    [Inject] private UsageQueries Books { get; set; } = null!;
    [Inject] private TimeProvider Time { get; set; } = null!;
    [Inject] private Standings Standings { get; set; } = null!;
    [Inject] private ConfigurationStore Configuration { get; set; } = null!;
    [Inject] private HealthBook Health { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;
    [Inject] private IJSRuntime Script { get; set; } = null!;

    private bool IsAnswering => _live is { Ended.IsCompleted: false };

    /// <summary>Messages were scrolled out of the page: shows those around this place in the thread.</summary>
    [JSInvokable]
    public async Task ShowTurnAsync(int place)
    {
        if (_thread is null || !await IsSignedInAsync()) return;
        await ShowAsync(place);
        StateHasChanged();
    }

    protected override async Task OnInitializedAsync()
    {
        var user = (await Authentication).User;
        _userId = user.Id();
        _tenantId = user.FindFirst(Access.TenantClaim)?.Value;
        _models = Calls.ModelsOf(_tenantId);
        var latest = await Shelf.ListAsync(_userId, 1, null, _gone.Token);
        _standing = await Standings.OfUserAsync(_tenantId, _userId, Configuration.Current, _gone.Token);
        _model = Usable(latest.Conversations is [var conversation] ? conversation.Model : null) ?? Health.HealthyFirst(_models).FirstOrDefault();
        if (RendererInfo.IsInteractive) News.Changed += OnNews;
    }

    protected override async Task OnParametersSetAsync()
    {
        if (_isOpened && (ConversationId, At) == _opened) return;
        _isOpened = true;
        _opened = (ConversationId, At);
        if (ConversationId != _thread?.Conversation.Id || At is not null) await OpenAsync(ConversationId);
        _isLoaded = true;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _self = DotNetObjectReference.Create(this);
            await using var module = await Script.InvokeAsync<IJSObjectReference>("import", _gone.Token, "./Components/Chat/ChatPage.razor.js");
            _script = await module.InvokeAsync<IJSObjectReference>("attach", _gone.Token, _root, _self);
            _offset = TimeSpan.FromMinutes(await _script.InvokeAsync<int>("minutesFromUtc", _gone.Token));
            StateHasChanged();
        }

        if (_scrollTo is not { } place || _script is null) return;
        _scrollTo = null;
        await _script.InvokeVoidAsync(place < 0 ? "toEnd" : "toTurn", _gone.Token, place);
    }

    public async ValueTask DisposeAsync()
    {
        News.Changed -= OnNews;
        _watch?.Dispose();
        await _gone.CancelAsync();
        _gone.Dispose();
        _self?.Dispose();
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

    /// <summary>Asked by every handler: the session may have ended while the page was open.</summary>
    private async Task<bool> IsSignedInAsync() => (await Authentication).User.Identity?.IsAuthenticated == true;
}
