using Bunit;
using LlmConsole.Components.Chat;
using Microsoft.AspNetCore.Components.Web;

namespace LlmConsole.Tests.Components.Chat;

public sealed class HistoryTests : ChatContext
{
    [Fact]
    public async Task Rename_FromTheList_IsKept()
    {
        var thread = await AskedAsync("Hello");
        var page = Open(thread.Conversation.Id);

        page.Find("[data-rename]").Click();
        page.Find(".list-edit input").Change("Better");
        page.Find(".list-edit").Submit();

        page.WaitForAssertion(() => Titles(page).ShouldBe(["Better"]), Patience);
        page.WaitForAssertion(() => page.Find(".chat-bar-title").TextContent.ShouldBe("Better"), Patience);
        (await ThreadAsync(thread.Conversation.Id)).Conversation.Title.ShouldBe("Better");
    }

    [Fact]
    public async Task Rename_Escape_LeavesTheTitle()
    {
        await AskedAsync("Hello");
        var page = Open();

        page.Find("[data-rename]").Click();
        page.Find(".list-edit input").Change("Worse");
        page.Find(".list-edit input").KeyDown(new KeyboardEventArgs { Key = "Escape" });

        Titles(page).ShouldBe(["Hello"]);
    }

    [Fact]
    public async Task Delete_OpenConversation_CanBeUndone()
    {
        var thread = await AskedAsync("Hello");
        var page = Open(thread.Conversation.Id);

        page.Find("[data-delete]").Click();

        page.WaitForAssertion(() => page.Find(".list-undo").TextContent.ShouldContain("Hello"), Patience);
        Titles(page).ShouldBeEmpty();
        Address.ShouldEndWith("/chat");
        (await World.Conversations.FindAsync(ChatWorld.Ada, thread.Conversation.Id, Cancellation)).ShouldBeNull();
        page.Find(".list-undo button").Click();

        page.WaitForAssertion(() => Titles(page).ShouldBe(["Hello"]), Patience);
        page.FindAll(".list-undo").ShouldBeEmpty();
        (await ThreadAsync(thread.Conversation.Id)).Turns.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Pin_Conversation_StandsAboveTheOthers()
    {
        await AskedAsync("Older");
        await AskedAsync("Newer");
        var page = Open();
        Titles(page).ShouldBe(["Newer", "Older"]);

        page.FindAll("[data-pin]")[1].Click();

        page.WaitForAssertion(() => page.FindAll(".list-group h2")[0].TextContent.ShouldBe("Pinned"), Patience);
        page.FindAll(".list-group h2").Count.ShouldBe(2);
        Titles(page).ShouldBe(["Older", "Newer"]);
        page.Find("[data-pin]").TextContent.ShouldContain("Unpin");
    }

    [Fact]
    public async Task Search_WordOfAMessage_LeadsToIt()
    {
        var thread = await AskedAsync("Tell me about llamas");
        await World.Conversations.AskAsync(ChatWorld.Ada, thread.Conversation.Id, ChatWorld.EchoModel, "And what of the vicuña, its small cousin?", Cancellation);
        await AskedAsync("Something else");
        var page = Open();

        page.Find(".list-search").Input("VICU");

        page.WaitForAssertion(() => Titles(page).ShouldBe(["Tell me about llamas"]), Patience);
        page.Find(".list-excerpt").TextContent.ShouldBe("And what of the vicuña, its small cousin?");
        var sought = (await ThreadAsync(thread.Conversation.Id)).Turns[2].MessageId;
        page.Find(".list-link").GetAttribute("href").ShouldBe($"/chat/{thread.Conversation.Id}?at={sought}");
        var there = Open(thread.Conversation.Id, sought);
        there.Find(".turn.sought .question").TextContent.ShouldContain("vicuña");
    }

    [Fact]
    public async Task Search_NothingFound_OffersToClear()
    {
        await AskedAsync("Hello");
        var page = Open();

        page.Find(".list-search").Input("unheard of");
        page.WaitForAssertion(() => page.Find(".list-group").TextContent.ShouldContain("Nothing found"), Patience);
        page.Find(".list-empty button").Click();

        page.WaitForAssertion(() => Titles(page).ShouldBe(["Hello"]), Patience);
    }

    private static IEnumerable<string> Titles(IRenderedComponent<ChatPage> page) => page.FindAll(".list-title").Select(title => title.TextContent);
}
