using LlmConsole.Core.Conversations;
using LlmConsole.Tests.Components.Chat;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Conversations;

public sealed class ConversationShelfTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 1, 12, 0, 0, TimeSpan.Zero));
    private ChatWorld _world = null!;

    private ConversationShelf Shelf => _world.Shelf;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _world = await ChatWorld.CreateAsync(_time);

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task List_MoreThanAPage_GoesThroughAllNewestFirst()
    {
        var asked = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            // Pairs share their moment, so that the page's edge falls between equals.
            if (i % 2 == 0) _time.Advance(TimeSpan.FromMinutes(1));
            asked.Add((await AskAsync($"{i}")).Conversation.Id);
        }

        var seen = new List<Conversation>();
        ConversationCursor? after = null;
        do
        {
            var page = await Shelf.ListAsync(ChatWorld.Ada, 2, after, Cancellation);
            seen.AddRange(page.Conversations);
            after = page.Next;
        }
        while (after is not null);

        seen.Select(conversation => conversation.Id).ShouldBe(asked, ignoreOrder: true);
        seen.Select(conversation => conversation.UpdatedAt).ShouldBeInOrder(SortDirection.Descending);
    }

    [Fact]
    public async Task Rename_LongTitle_IsCutBetweenCharacters()
    {
        var thread = await AskAsync("Hello");

        (await Shelf.RenameAsync(ChatWorld.Ada, thread.Conversation.Id, string.Concat(Enumerable.Repeat("👩‍👩‍👧", 40)), Cancellation)).ShouldBeTrue();

        var title = (await Shelf.ListAsync(ChatWorld.Ada, 1, null, Cancellation)).Conversations[0].Title;
        title.Length.ShouldBeLessThanOrEqualTo(ConversationStore.MaxTitleLength);
        title.TrimEnd('…').Replace("👩‍👩‍👧", "", StringComparison.Ordinal).ShouldBeEmpty();
    }

    [Fact]
    public async Task Rename_ToNothing_ChangesNothing()
    {
        var thread = await AskAsync("Hello");

        (await Shelf.RenameAsync(ChatWorld.Ada, thread.Conversation.Id, " \n ", Cancellation)).ShouldBeFalse();

        (await _world.Conversations.FindAsync(ChatWorld.Ada, thread.Conversation.Id, Cancellation)).ShouldNotBeNull().Conversation.Title.ShouldBe("Hello");
    }

    [Fact]
    public async Task Everything_OfAnotherUser_IsNotFound()
    {
        var id = (await AskAsync("Mine")).Conversation.Id;

        (await Shelf.ListAsync(ChatWorld.Bob, 10, null, Cancellation)).Conversations.ShouldBeEmpty();
        (await Shelf.SearchAsync(ChatWorld.Bob, "Mine", Cancellation)).ShouldBeEmpty();
        (await Shelf.RenameAsync(ChatWorld.Bob, id, "Yours", Cancellation)).ShouldBeFalse();
        (await Shelf.PinAsync(ChatWorld.Bob, id, true, Cancellation)).ShouldBeFalse();
        (await Shelf.DeleteAsync(ChatWorld.Bob, id, Cancellation)).ShouldBeFalse();
        (await Shelf.DeleteAsync(ChatWorld.Ada, id, Cancellation)).ShouldBeTrue();
        (await Shelf.RestoreAsync(ChatWorld.Bob, id, Cancellation)).ShouldBeFalse();
        (await Shelf.RestoreAsync(ChatWorld.Ada, id, Cancellation)).ShouldBeTrue();
    }

    [Fact]
    public async Task Delete_Own_HidesItUntilItIsGoneForGood()
    {
        var thread = await AskAsync("Hello");
        var id = thread.Conversation.Id;
        (await Shelf.DeleteAsync(ChatWorld.Ada, id, Cancellation)).ShouldBeTrue();
        (await _world.Conversations.FindAsync(ChatWorld.Ada, id, Cancellation)).ShouldBeNull();
        (await _world.Conversations.EndAnswerAsync(ChatWorld.Ada, thread.Turns[1].MessageId, Ending("Kept"), Cancellation)).ShouldBeTrue();

        _time.Advance(ConversationShelf.KeptFor - TimeSpan.FromMilliseconds(1));
        await Shelf.PurgeAsync(Cancellation);
        (await Shelf.RestoreAsync(ChatWorld.Ada, id, Cancellation)).ShouldBeTrue();
        (await _world.MessagesAsync(id))[1].Text.ShouldBe("Kept");

        await Shelf.DeleteAsync(ChatWorld.Ada, id, Cancellation);
        _time.Advance(ConversationShelf.KeptFor);
        await Shelf.PurgeAsync(Cancellation);
        (await Shelf.RestoreAsync(ChatWorld.Ada, id, Cancellation)).ShouldBeFalse();
        (await _world.Conversations.EndAnswerAsync(ChatWorld.Ada, thread.Turns[1].MessageId, Ending("Too late"), Cancellation)).ShouldBeFalse();
    }

    [Fact]
    public async Task Pin_Own_LeavesTheListForThePinned()
    {
        var id = (await AskAsync("Hello")).Conversation.Id;

        await Shelf.PinAsync(ChatWorld.Ada, id, true, Cancellation);
        (await Shelf.ListAsync(ChatWorld.Ada, 10, null, Cancellation)).Conversations.ShouldBeEmpty();
        (await Shelf.PinnedAsync(ChatWorld.Ada, Cancellation)).ShouldHaveSingleItem().Id.ShouldBe(id);

        await Shelf.PinAsync(ChatWorld.Ada, id, false, Cancellation);
        (await Shelf.PinnedAsync(ChatWorld.Ada, Cancellation)).ShouldBeEmpty();
        (await Shelf.ListAsync(ChatWorld.Ada, 10, null, Cancellation)).Conversations.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Pin_MoreThanAreShown_LetsTheOldestBackIntoTheList()
    {
        var ids = new List<string>();
        for (var i = 0; i <= 100; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            ids.Add((await AskAsync($"Question {i}")).Conversation.Id);
            (await Shelf.PinAsync(ChatWorld.Ada, ids[i], true, Cancellation)).ShouldBeTrue();
        }

        (await Shelf.PinnedAsync(ChatWorld.Ada, Cancellation)).Count.ShouldBe(100);
        (await Shelf.ListAsync(ChatWorld.Ada, 10, null, Cancellation)).Conversations.ShouldHaveSingleItem().Id.ShouldBe(ids[0]);
    }

    [Theory]
    [InlineData("  LLAMA ", "Of llamas")]
    [InlineData("100 %", "Percent")]
    [InlineData("a_b\\c", "Signs")]
    [InlineData("1000", null)]
    [InlineData("axb", null)]
    [InlineData(" ", null)]
    public async Task Search_Text_FindsItLiterallyInTitlesAndMessages(string sought, string? title)
    {
        await AskAsync("Of llamas\nand alpacas");
        await AskAsync("Percent\nIt was 100 % wool");
        await AskAsync("Signs\nlike a_b\\c");

        (await Shelf.SearchAsync(ChatWorld.Ada, sought, Cancellation)).Select(found => found.Conversation.Title).ShouldBe(title is null ? [] : [title]);
    }

    [Fact]
    public async Task Search_ManyHits_ShowsTheNewestMessageOfEachConversation()
    {
        var thread = await AskAsync("Wool " + new string('x', 300));
        await _world.Conversations.AskAsync(ChatWorld.Ada, thread.Conversation.Id, "m", new string('y', 300) + " more wool " + new string('z', 300), Cancellation);
        await Shelf.RenameAsync(ChatWorld.Ada, (await AskAsync("Sheep")).Conversation.Id, "Wool givers", Cancellation);
        await Shelf.DeleteAsync(ChatWorld.Ada, (await AskAsync("Wool, deleted")).Conversation.Id, Cancellation);

        var found = await Shelf.SearchAsync(ChatWorld.Ada, "wool", Cancellation);

        found.Select(hit => hit.Conversation.Title[..4]).ShouldBe(["Wool", "Wool"], ignoreOrder: true);
        found.Single(hit => hit.MessageId is null).Conversation.Title.ShouldBe("Wool givers");
        var excerpt = found.Single(hit => hit.MessageId is not null).Excerpt.ShouldNotBeNull();
        excerpt.ShouldContain(" more wool zz");
        excerpt.ShouldStartWith("…");
        excerpt.ShouldEndWith("…");
    }

    private async Task<ConversationThread> AskAsync(string question) => (await _world.Conversations.AskAsync(ChatWorld.Ada, null, "m", question, Cancellation)).ShouldNotBeNull();

    private static AnswerEnding Ending(string text) => new() { Text = text, State = MessageState.Stopped, RequestId = "req_1" };
}
