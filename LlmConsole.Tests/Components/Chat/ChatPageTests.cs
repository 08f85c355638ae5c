using Bunit;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Conversations;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;

namespace LlmConsole.Tests.Components.Chat;

public sealed class ChatPageTests : ChatContext
{
    [Fact]
    public void Open_WithoutConversations_OffersTheNamedModels()
    {
        var page = Open();

        page.Find(".thread-empty h2").TextContent.ShouldBe("New chat");
        page.FindAll("option").Select(option => option.TextContent).ShouldBe(["simulator/echo", "simulator/lorem-200-300-20", ChatWorld.SlowModel]);
    }

    [Fact]
    public async Task Open_WhileAModelFails_ChoosesOneThatDoesWellUnlessItWasUsedLast()
    {
        var target = World.Get<ConfigurationStore>().Current.FindModel(ChatWorld.EchoModel)!.Targets.Single();
        var health = World.Get<HealthBook>().Of(new TargetKey(target.ProviderId, target.Model));
        for (var i = 0; i < new HealthOptions().ConsecutiveFailures; i++) health.Enter()!.Failed("It burns.");

        Chosen().ShouldBe("simulator/lorem-200-300-20");
        await AskedAsync("Hello");
        Chosen().ShouldBe(ChatWorld.EchoModel);

        string? Chosen() => Open().Find(".composer-model select").GetAttribute("value");
    }

    [Fact]
    public void Send_Question_ShowsTheAnswerWithItsBooks()
    {
        var page = Open();
        Send(page, ChatWorld.EchoModel, "Say **this**");

        page.WaitForAssertion(() => page.Find("[data-announced]").TextContent.ShouldBe("Answer complete"), Patience);
        page.Find(".question").TextContent.ShouldBe("You: Say **this**");
        page.Find(".answer strong").TextContent.ShouldBe("this");
        page.Find(".answer [aria-label='Copy the answer']").GetAttribute("data-copy").ShouldBe("Say **this**");
        page.Find(".answer-footer").TextContent.ShouldContain(ChatWorld.EchoModel);
        page.Find(".answer-footer").TextContent.ShouldContain("first token");
        page.WaitForAssertion(() => page.Find(".list-title").TextContent.ShouldBe("Say **this**"), Patience);
        Address.ShouldContain("/chat/conv_");
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
        page.WaitForAssertion(() => page.Find(".answer-footer").TextContent.ShouldContain("out"), Patience);
        page.FindAll("[data-stop]").ShouldBeEmpty();
    }

    [Fact]
    public async Task Continue_AfterAReloadInMidStream_AsksForTheRestAndKeepsThePart()
    {
        var first = Open();
        Send(first, ChatWorld.SlowModel, "Hello");
        first.WaitForAssertion(() => first.Find(".answer p").TextContent.ShouldBe("Lorem"), Patience);
        var id = (await World.Shelf.ListAsync(ChatWorld.Ada, 1, null, Cancellation)).Conversations[0].Id;
        var live = World.Answers.Find((await ThreadAsync(id)).Turns[1].MessageId).ShouldNotBeNull();
        await DisposeComponentsAsync();
        await live.Ended.WaitAsync(Cancellation);
        var page = Open(id);
        page.Find(".composer-model select").Change(ChatWorld.EchoModel);

        page.FindAll(".answer-retry").Single(button => button.TextContent == "Continue").Click();

        page.WaitForAssertion(() => page.FindAll(".answer").Count.ShouldBe(2), Patience);
        page.WaitForAssertion(() => page.FindAll(".answer-footer").Count.ShouldBe(2), Patience);
        page.Find(".answer p").TextContent.ShouldBe("Lorem");
        page.FindAll(".question")[1].TextContent.ShouldContain("Continue exactly where your last answer stopped.");
        (await ThreadAsync(id)).Turns.Count.ShouldBe(4);
    }

    [Fact]
    public async Task Quota_UsedUp_StandsInTheThreadAndInTheGauge()
    {
        await World.EditAsync(snapshot => Change.Put(snapshot.Tiers.Values.Single() with { Quotas = [new Quota { Unit = QuotaUnit.Requests, Period = QuotaPeriod.Month, Limit = 1 }] }));
        var page = Open();
        page.WaitForAssertion(() => page.Find(".composer-quota").TextContent.ShouldContain("0\u00a0%"), Patience);
        Send(page, ChatWorld.EchoModel, "One");
        page.WaitForAssertion(() => page.Find(".composer-quota").TextContent.ShouldContain("100\u00a0%"), Patience);

        Send(page, ChatWorld.EchoModel, "Two");

        page.WaitForAssertion(() => page.Find("[role=alert]").TextContent.ShouldContain("1 request"), Patience);
        page.Find("[role=alert]").TextContent.ShouldContain("reset", Case.Insensitive);
        page.FindAll(".answer-retry").ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Dispose_WhileArriving_StopsTheCallAndKeepsThePart()
    {
        var page = Open();
        Send(page, ChatWorld.SlowModel, "Hello");
        page.WaitForAssertion(() => page.Find(".answer p").TextContent.ShouldBe("Lorem"), Patience);
        var id = (await World.Shelf.ListAsync(ChatWorld.Ada, 1, null, Cancellation)).Conversations[0].Id;
        var live = World.Answers.Find((await ThreadAsync(id)).Turns[1].MessageId).ShouldNotBeNull();

        await DisposeComponentsAsync();
        await live.Ended.WaitAsync(Cancellation);

        var answer = (await World.MessagesAsync(id))[1];
        (answer.State, answer.Text).ShouldBe((MessageState.Stopped, "Lorem"));
    }

    [Fact]
    public async Task Refusal_SuspendedTenant_StandsInTheThreadAndCanBeTriedAgain()
    {
        await World.SuspendAsync("Invoice 42 is unpaid.");
        var page = Open();
        Send(page, ChatWorld.EchoModel, "Hello");

        page.WaitForAssertion(() => page.Find("[role=alert]").TextContent.ShouldContain("Invoice 42 is unpaid."), Patience);
        page.Find(".answer-request code").TextContent.ShouldStartWith("req_");
        await World.ResumeAsync();
        page.Find(".answer-retry").Click();

        page.WaitForAssertion(() => page.Find(".answer-footer"), Patience);
        page.Find(".answer p").TextContent.ShouldBe("Hello");
        page.FindAll("[role=alert]").ShouldBeEmpty();
    }

    [Fact]
    public async Task Open_AnswerOfAProcessThatDied_IsShownAsInterrupted()
    {
        var thread = (await World.Conversations.AskAsync(ChatWorld.Ada, null, ChatWorld.EchoModel, "Hello", Cancellation)).ShouldNotBeNull();

        var page = Open(thread.Conversation.Id);

        page.Find(".answer-note").TextContent.ShouldContain("Interrupted");
        page.FindAll(".answer-retry").ShouldHaveSingleItem();
        page.FindAll("[data-stop]").ShouldBeEmpty();
    }

    [Fact]
    public async Task Footer_CallComesIntoTheBooksLate_IsShownThen()
    {
        var thread = await AskedAsync("Hello");
        var requestId = Ids.New("req", TimeProvider.System);
        await World.Conversations.EndAnswerAsync(ChatWorld.Ada, thread.Turns[1].MessageId, new AnswerEnding { Text = "Hello", State = MessageState.Complete, RequestId = requestId, Error = null }, Cancellation);
        var page = Open(thread.Conversation.Id);
        page.FindAll(".answer-footer").ShouldBeEmpty();

        await World.Get<UsageLedger>().RecordAsync(new UsageRecord { RequestId = requestId, StartedAt = TimeProvider.System.GetUtcNow(), TenantId = World.TenantId, ModelAsked = ChatWorld.EchoModel, ModelServed = ChatWorld.EchoModel, Outcome = Outcome.Answered, Status = 200, UsageSource = UsageSource.Provider, OutputTokens = 1 });

        page.WaitForAssertion(() => page.Find(".answer-footer").TextContent.ShouldContain(ChatWorld.EchoModel), Patience);
    }

    [Fact]
    public async Task Open_ConversationOfAnotherUser_DoesNotExist()
    {
        var thread = (await World.Conversations.AskAsync(ChatWorld.Bob, null, ChatWorld.EchoModel, "Bob's secret", Cancellation)).ShouldNotBeNull();

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
        var thread = (await World.Conversations.AskAsync(ChatWorld.Ada, null, ChatWorld.EchoModel, "0", Cancellation)).ShouldNotBeNull();
        for (var i = 1; i <= 100; i++) await World.Conversations.AskAsync(ChatWorld.Ada, thread.Conversation.Id, ChatWorld.EchoModel, $"{i}", Cancellation);

        Open(thread.Conversation.Id).Find(".thread-note").TextContent.ShouldContain("last 100 messages");
    }

    [Fact]
    public async Task Open_ModelNoLongerAllowed_ChoosesAnAllowedOne()
    {
        var thread = (await World.Conversations.AskAsync(ChatWorld.Ada, null, ChatWorld.SlowModel, "Hello", Cancellation)).ShouldNotBeNull();
        await World.EditAsync(snapshot => Change.Put(snapshot.Tiers.Values.Single() with { Models = ["simulator/echo"] }));

        var page = Open(thread.Conversation.Id);

        page.FindAll("option").Select(option => option.TextContent).ShouldBe(["simulator/echo"]);
        page.Find("select").GetAttribute("value").ShouldBe("simulator/echo");
    }
}
