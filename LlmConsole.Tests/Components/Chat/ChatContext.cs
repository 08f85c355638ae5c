using System.Security.Claims;
using Bunit;
using Bunit.TestDoubles;
using LlmConsole.Authentication;
using LlmConsole.Components.Chat;
using LlmConsole.Core.Conversations;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Components.Chat;

/// <summary>The chat page on its real services, opened by Ada.</summary>
public abstract class ChatContext : BunitContext, IAsyncLifetime
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private BunitAuthorizationContext _user = null!;

    private protected ChatWorld World { get; private set; } = null!;

    /// <summary>The clock of the services; the system's where a test needs none of its own.</summary>
    protected virtual TimeProvider Time => TimeProvider.System;

    protected static CancellationToken Cancellation => Xunit.TestContext.Current.CancellationToken;

    protected string Address => Services.GetRequiredService<BunitNavigationManager>().Uri;

    public async ValueTask InitializeAsync()
    {
        World = await ChatWorld.CreateAsync(Time);
        World.Lend(Services);
        _user = AddAuthorization();
        SetRendererInfo(new RendererInfo("Server", isInteractive: true));
        JSInterop.Mode = JSRuntimeMode.Loose;
        JSInterop.SetupModule("./Components/Chat/ChatPage.razor.js").SetupModule("attach", _ => true).Setup<int>("minutesFromUtc").SetResult(0);
        SignIn(ChatWorld.Ada, World.TenantId);
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await base.DisposeAsync();
        await World.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected void SignIn(string userId, string? tenantId)
    {
        var claims = new List<Claim> { new(ClaimTypes.NameIdentifier, userId) };
        if (tenantId is not null) claims.Add(new Claim(Access.TenantClaim, tenantId));
        _user.SetAuthorized(userId).SetClaims([.. claims]);
    }

    protected void SignOut() => _user.SetNotAuthorized();

    protected IRenderedComponent<ChatPage> Open(string? conversationId = null, string? at = null)
    {
        Services.GetRequiredService<BunitNavigationManager>().NavigateTo(at is null ? $"/chat/{conversationId}" : $"/chat/{conversationId}?at={at}");
        var page = Render<ChatPage>(parameters => parameters.Add(p => p.ConversationId, conversationId));
        page.WaitForState(() => page.FindAll(".thread-content > *").Count > 0, Patience);
        return page;
    }

    protected static void Send(IRenderedComponent<ChatPage> page, string model, string text)
    {
        page.Find("select").Change(model);
        page.Find(".composer textarea").Change(text);
        page.Find(".composer").Submit();
    }

    /// <summary>Sends a question and waits until so many answers stand there, all of them in the books.</summary>
    protected static void Ask(IRenderedComponent<ChatPage> page, string text, int answers)
    {
        Send(page, ChatWorld.EchoModel, text);
        page.WaitForAssertion(() => page.FindAll(".answer-footer").Count.ShouldBe(answers), Patience);
    }

    private protected async Task<ConversationThread> ThreadAsync(string id) => (await World.Conversations.FindAsync(ChatWorld.Ada, id, Cancellation)).ShouldNotBeNull();

    private protected async Task<ConversationThread> AskedAsync(string question) => (await World.Conversations.AskAsync(ChatWorld.Ada, null, ChatWorld.EchoModel, question, Cancellation)).ShouldNotBeNull();
}
