using System.Security.Claims;
using Bunit;
using Bunit.TestDoubles;
using LlmConsole.Authentication;
using LlmConsole.Components.Chat;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Conversations;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Components.Chat;

public sealed class ChatPageTests : BunitContext, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private ChatWorld _world = null!;
    private BunitAuthorizationContext _user = null!;

    private static CancellationToken Cancellation => Xunit.TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _world = await ChatWorld.CreateAsync();
        _world.Lend(Services);
        _user = AddAuthorization();
        SetRendererInfo(new RendererInfo("Server", isInteractive: true));
        JSInterop.Mode = JSRuntimeMode.Loose;
        JSInterop.SetupModule("./Components/Chat/ChatPage.razor.js").SetupModule("attach", _ => true).Setup<int>("minutesFromUtc").SetResult(0);
        SignIn(ChatWorld.Ada, _world.TenantId);
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await base.DisposeAsync();
        await _world.DisposeAsync();
    }

    [Fact]
    public void Open_WithoutConversations_OffersTheNamedModels()
    {
        var page = Open();

        page.Find(".thread-empty h2").TextContent.ShouldBe("New chat");
        page.FindAll("option").Select(option => option.TextContent).ShouldBe(["simulator/echo", "simulator/lorem-200-300-20", ChatWorld.SlowModel]);
    }

    [Fact]
    public void Send_Question_ShowsTheAnswerWithItsBooks()
    {
        var page = Open();
        Send(page, ChatWorld.EchoModel, "Say **this**");

        page.WaitForAssertion(() => page.Find(".answer-footer"), Patience);
        page.Find(".question").TextContent.ShouldBe("You: Say **this**");
        page.Find(".answer strong").TextContent.ShouldBe("this");
        page.Find(".answer-footer").TextContent.ShouldContain(ChatWorld.EchoModel);
        page.Find(".answer-footer").TextContent.ShouldContain("first token");
        page.Find("[role=status]").TextContent.ShouldBe("Answer complete");
        page.Find(".list-item a").TextContent.ShouldBe("Say **this**");
        Services.GetRequiredService<BunitNavigationManager>().Uri.ShouldContain("/chat/conv_");
    }

    [Fact]
    public void Stop_WhileArriving_KeepsThePartMarkedStopped()
    {
        var page = Open();
        Send(page, ChatWorld.SlowModel, "Hello");
        page.WaitForAssertion(() => page.Find(".answer p").TextContent.ShouldBe("Lorem"), Patience);
        page.Find(".answer").GetAttribute("aria-busy").ShouldBe("true");

        page.Find("[data-stop]").Click();

        page.WaitForAssertion(() => page.Find(".answer-note").TextContent.ShouldContain("Stopped"), Patience);
        page.Find(".answer p").TextContent.ShouldBe("Lorem");
        page.Find(".answer-footer").TextContent.ShouldContain("out");
        page.FindAll("[data-stop]").ShouldBeEmpty();
    }

    [Fact]
    public async Task Dispose_WhileArriving_StopsTheCallAndKeepsThePart()
    {
        var page = Open();
        Send(page, ChatWorld.SlowModel, "Hello");
        page.WaitForAssertion(() => page.Find(".answer p").TextContent.ShouldBe("Lorem"), Patience);
        var id = (await _world.Conversations.ListAsync(ChatWorld.Ada, 1, null, Cancellation)).Conversations[0].Id;
        var live = _world.Answers.Find((await ThreadAsync(id)).Messages[1].Id).ShouldNotBeNull();

        await DisposeComponentsAsync();
        await live.Ended.WaitAsync(Cancellation);

        var answer = (await ThreadAsync(id)).Messages[1];
        (answer.State, answer.Text).ShouldBe((MessageState.Stopped, "Lorem"));
    }

    [Fact]
    public async Task Refusal_SuspendedTenant_StandsInTheThreadAndCanBeTriedAgain()
    {
        await _world.SuspendAsync("Invoice 42 is unpaid.");
        var page = Open();
        Send(page, ChatWorld.EchoModel, "Hello");

        page.WaitForAssertion(() => page.Find("[role=alert]").TextContent.ShouldContain("Invoice 42 is unpaid."), Patience);
        page.Find(".answer-request code").TextContent.ShouldStartWith("req_");
        await _world.ResumeAsync();
        page.Find(".answer-retry").Click();

        page.WaitForAssertion(() => page.Find(".answer-footer"), Patience);
        page.Find(".answer p").TextContent.ShouldBe("Hello");
        page.FindAll("[role=alert]").ShouldBeEmpty();
    }

    [Fact]
    public async Task Open_AnswerOfAProcessThatDied_IsShownAsInterrupted()
    {
        var thread = (await _world.Conversations.AskAsync(ChatWorld.Ada, null, ChatWorld.EchoModel, "Hello", Cancellation)).ShouldNotBeNull();

        var page = Open(thread.Conversation.Id);

        page.Find(".answer-note").TextContent.ShouldContain("Interrupted");
        page.FindAll(".answer-retry").ShouldHaveSingleItem();
        page.FindAll("[data-stop]").ShouldBeEmpty();
    }

    [Fact]
    public async Task Open_ConversationOfAnotherUser_DoesNotExist()
    {
        var thread = (await _world.Conversations.AskAsync(ChatWorld.Bob, null, ChatWorld.EchoModel, "Bob's secret", Cancellation)).ShouldNotBeNull();

        var page = Open(thread.Conversation.Id);

        page.Find(".thread-empty h2").TextContent.ShouldContain("does not exist");
        page.Markup.ShouldNotContain("Bob's secret");
    }

    [Fact]
    public void Open_WithoutTenant_SaysWhyNothingCanBeAsked()
    {
        SignIn(ChatWorld.Ada, null);

        var page = Open();

        page.Find(".thread-empty").TextContent.ShouldContain("belongs to no tenant");
        page.Find("textarea").HasAttribute("disabled").ShouldBeTrue();
    }

    [Fact]
    public async Task Open_LongConversation_SaysThatOldMessagesAreLeftOut()
    {
        var thread = (await _world.Conversations.AskAsync(ChatWorld.Ada, null, ChatWorld.EchoModel, "0", Cancellation)).ShouldNotBeNull();
        for (var i = 1; i <= 100; i++) await _world.Conversations.AskAsync(ChatWorld.Ada, thread.Conversation.Id, ChatWorld.EchoModel, $"{i}", Cancellation);

        Open(thread.Conversation.Id).Find(".thread-note").TextContent.ShouldContain("last 100 messages");
    }

    [Fact]
    public async Task Rename_FromTheList_IsKept()
    {
        var thread = (await _world.Conversations.AskAsync(ChatWorld.Ada, null, ChatWorld.EchoModel, "Hello", Cancellation)).ShouldNotBeNull();
        var page = Open(thread.Conversation.Id);

        page.Find("[title=Rename]").Click();
        page.Find(".list-edit input").Change("Better");
        page.Find(".list-edit").Submit();

        page.WaitForAssertion(() => page.Find(".list-item a").TextContent.ShouldBe("Better"), Patience);
        (await ThreadAsync(thread.Conversation.Id)).Conversation.Title.ShouldBe("Better");
    }

    [Fact]
    public async Task Delete_FromTheList_AsksFirst()
    {
        var thread = (await _world.Conversations.AskAsync(ChatWorld.Ada, null, ChatWorld.EchoModel, "Hello", Cancellation)).ShouldNotBeNull();
        var page = Open(thread.Conversation.Id);

        page.Find("[title=Delete]").Click();
        (await _world.Conversations.FindAsync(ChatWorld.Ada, thread.Conversation.Id, Cancellation)).ShouldNotBeNull();
        page.Find(".list-edit .button-danger").Click();

        page.WaitForAssertion(() => page.FindAll(".list-item").ShouldBeEmpty(), Patience);
        (await _world.Conversations.FindAsync(ChatWorld.Ada, thread.Conversation.Id, Cancellation)).ShouldBeNull();
    }

    [Fact]
    public async Task Open_ModelNoLongerAllowed_ChoosesAnAllowedOne()
    {
        var thread = (await _world.Conversations.AskAsync(ChatWorld.Ada, null, ChatWorld.SlowModel, "Hello", Cancellation)).ShouldNotBeNull();
        await _world.EditAsync(snapshot => Change.Put(snapshot.Tiers.Values.Single() with { Models = ["simulator/echo"] }));

        var page = Open(thread.Conversation.Id);

        page.FindAll("option").Select(option => option.TextContent).ShouldBe(["simulator/echo"]);
        page.Find("select").GetAttribute("value").ShouldBe("simulator/echo");
    }

    private void SignIn(string userId, string? tenantId)
    {
        var claims = new List<Claim> { new(ClaimTypes.NameIdentifier, userId) };
        if (tenantId is not null) claims.Add(new Claim(Access.TenantClaim, tenantId));
        _user.SetAuthorized(userId).SetClaims([.. claims]);
    }

    private IRenderedComponent<ChatPage> Open(string? conversationId = null)
    {
        var page = Render<ChatPage>(parameters => parameters.Add(p => p.ConversationId, conversationId));
        page.WaitForState(() => page.FindAll(".thread-content > *").Count > 0, Patience);
        return page;
    }

    private static void Send(IRenderedComponent<ChatPage> page, string model, string text)
    {
        page.Find("select").Change(model);
        page.Find("textarea").Change(text);
        page.Find(".composer").Submit();
    }

    private async Task<ConversationThread> ThreadAsync(string id) => (await _world.Conversations.FindAsync(ChatWorld.Ada, id, Cancellation)).ShouldNotBeNull();
}
