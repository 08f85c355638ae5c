using Bunit;
using LlmConsole.Components.Chat;

namespace LlmConsole.Tests.Components.Chat;

public sealed class BranchTests : ChatContext
{
    [Fact]
    public void Edit_Question_KeepsTheOlderBranchBehindTheSwitcher()
    {
        var page = Open();
        Ask(page, "First", 1);
        Ask(page, "Second", 2);

        Renew(page, 0);
        page.WaitForElement(".question-edit textarea", Patience).Change("First, in other words");
        page.Find(".question-edit").Submit();

        page.WaitForAssertion(() => page.FindAll(".answer-footer").Count.ShouldBe(1), Patience);
        Questions(page).ShouldBe(["First, in other words"]);
        page.Find(".versions span").TextContent.ShouldBe("2/2");
        page.Find("[aria-label='Newer version']").HasAttribute("disabled").ShouldBeTrue();

        page.Find("[aria-label='Older version']").Click();

        page.WaitForAssertion(() => Questions(page).ShouldBe(["First", "Second"]), Patience);
        page.FindAll(".answer-footer").Count.ShouldBe(2);
        page.Find(".versions span").GetAttribute("aria-label").ShouldBe("Version 1 of 2");
    }

    [Fact]
    public void AnswerAgain_WholeAnswer_KeepsBoth()
    {
        var page = Open();
        Ask(page, "Hello", 1);

        Renew(page, 1);

        page.WaitForAssertion(() => page.Find(".answer-end .versions span").TextContent.ShouldBe("2/2"), Patience);
        page.WaitForAssertion(() => page.FindAll(".answer-footer").ShouldHaveSingleItem(), Patience);
        page.Find(".answer-end [aria-label='Older version']").Click();
        page.WaitForAssertion(() => page.Find(".answer-end .versions span").TextContent.ShouldBe("1/2"), Patience);
        page.Find(".answer-end [aria-label='Newer version']").Click();
        page.WaitForAssertion(() => page.Find(".answer-end .versions span").TextContent.ShouldBe("2/2"), Patience);
    }

    [Fact]
    public void Edit_Unchanged_AsksNothing()
    {
        var page = Open();
        Ask(page, "Hello", 1);

        Renew(page, 0);
        page.WaitForElement(".question-edit", Patience).Submit();

        page.WaitForAssertion(() => page.FindAll(".question-edit").ShouldBeEmpty(), Patience);
        page.FindAll(".versions").ShouldBeEmpty();
        page.FindAll(".answer").ShouldHaveSingleItem();
    }

    [Fact]
    public void WhileAnswering_VersionsAndEditing_AreBlocked()
    {
        var page = Open();
        Ask(page, "Hello", 1);
        Renew(page, 1);
        page.WaitForAssertion(() => page.Find(".answer-end .versions span").TextContent.ShouldBe("2/2"), Patience);

        Send(page, ChatWorld.SlowModel, "Slowly");

        page.WaitForAssertion(() => page.Find(".answer[aria-busy=true] p").TextContent.ShouldBe("Lorem"), Patience);
        page.FindAll(".versions button, .turn-renew").ShouldAllBe(button => button.HasAttribute("disabled"));
        page.Find("[data-stop]").Click();
        page.WaitForAssertion(() => page.FindAll("[data-stop]").ShouldBeEmpty(), Patience);
    }

    [Fact]
    public async Task TwoPages_OfOneConversation_ShowTheSame()
    {
        var first = Open();
        Ask(first, "Hello", 1);
        var id = (await World.Shelf.ListAsync(ChatWorld.Ada, 1, null, Cancellation)).Conversations[0].Id;
        var second = Open(id);

        Send(first, ChatWorld.SlowModel, "Slowly");
        second.WaitForAssertion(() => second.Find(".answer[aria-busy=true] p").TextContent.ShouldBe("Lorem"), Patience);
        Questions(second).ShouldBe(["Hello", "Slowly"]);
        second.Find("[data-stop]").Click();

        foreach (var page in new[] { first, second }) page.WaitForAssertion(() => page.Find(".answer-note").TextContent.ShouldContain("Stopped"), Patience);
        first.Find("select").Change(ChatWorld.EchoModel);
        Renew(first, 1);
        second.WaitForAssertion(() => Questions(second).ShouldBe(["Hello"]), Patience);
        second.WaitForAssertion(() => second.Find(".versions span").TextContent.ShouldBe("2/2"), Patience);
        second.WaitForAssertion(() => second.FindAll(".answer-footer").ShouldHaveSingleItem(), Patience);
    }

    [Fact]
    public void SignedOut_WhileThePageIsOpen_CanDoNothing()
    {
        var page = Open();
        Ask(page, "Hello", 1);
        SignOut();

        Send(page, ChatWorld.EchoModel, "Once more");
        Renew(page, 1);

        page.FindAll(".answer").ShouldHaveSingleItem();
        page.FindAll(".versions").ShouldBeEmpty();
        page.WaitForAssertion(() => page.Find(".composer textarea").GetAttribute("value").ShouldBe("Once more"), Patience);
    }

    private static void Renew(IRenderedComponent<ChatPage> page, int turn) => page.Find($"[data-turn='{turn}'] .turn-renew").Click();

    private static IEnumerable<string> Questions(IRenderedComponent<ChatPage> page) => page.FindAll(".question").Select(question => question.TextContent["You: ".Length..]);
}
