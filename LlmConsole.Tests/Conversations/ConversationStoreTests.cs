using LlmConsole.Core.Conversations;
using LlmConsole.Tests.Components.Chat;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Conversations;

public sealed class ConversationStoreTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 1, 12, 0, 0, 123, TimeSpan.Zero).AddTicks(4567));
    private ChatWorld _world = null!;

    private ConversationStore Store => _world.Conversations;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _world = await ChatWorld.CreateAsync(_time);

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Ask_WithoutConversation_BeginsOneWithQuestionAndArrivingAnswer()
    {
        var thread = await AskAsync("  # What is   a token?\nTell me.");

        thread.Conversation.Title.ShouldBe("What is a token?");
        thread.Messages.Select(message => (message.Role, message.State)).ShouldBe([(MessageRole.User, MessageState.Complete), (MessageRole.Assistant, MessageState.Streaming)]);
        (await Store.FindAsync(ChatWorld.Ada, thread.Conversation.Id, Cancellation)).ShouldNotBeNull().Messages.Select(message => message.Id).ShouldBe(thread.Messages.Select(message => message.Id));
    }

    [Fact]
    public async Task Ask_ManyTimesInOneMoment_KeepsTheOrder()
    {
        var thread = await AskAsync("0");
        for (var i = 1; i < 20; i++) thread = (await Store.AskAsync(ChatWorld.Ada, thread.Conversation.Id, "m", $"{i}", Cancellation)).ShouldNotBeNull();

        thread.Messages.Where((_, index) => index % 2 == 0).Select(message => message.Text).ShouldBe(Enumerable.Range(0, 20).Select(i => $"{i}"));
        thread.Messages.Where((_, index) => index % 2 == 1).ShouldAllBe(message => message.Role == MessageRole.Assistant);
    }

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
            var page = await Store.ListAsync(ChatWorld.Ada, 2, after, Cancellation);
            seen.AddRange(page.Conversations);
            after = page.Next;
        }
        while (after is not null);

        seen.Select(conversation => conversation.Id).ShouldBe(asked, ignoreOrder: true);
        seen.Select(conversation => conversation.UpdatedAt).ShouldBeInOrder(SortDirection.Descending);
    }

    [Fact]
    public async Task Everything_OfAnotherUser_IsNotFound()
    {
        var thread = await AskAsync("Mine");
        var id = thread.Conversation.Id;

        (await Store.FindAsync(ChatWorld.Bob, id, Cancellation)).ShouldBeNull();
        (await Store.ListAsync(ChatWorld.Bob, 10, null, Cancellation)).Conversations.ShouldBeEmpty();
        (await Store.AskAsync(ChatWorld.Bob, id, "m", "Yours?", Cancellation)).ShouldBeNull();
        (await Store.AskAgainAsync(ChatWorld.Bob, id, "m", Cancellation)).ShouldBeNull();
        (await Store.EndAnswerAsync(ChatWorld.Bob, thread.Messages[1].Id, Ending("Forged"), Cancellation)).ShouldBeFalse();
        (await Store.RenameAsync(ChatWorld.Bob, id, "Yours", Cancellation)).ShouldBeFalse();
        (await Store.DeleteAsync(ChatWorld.Bob, id, Cancellation)).ShouldBeFalse();

        var kept = (await Store.FindAsync(ChatWorld.Ada, id, Cancellation)).ShouldNotBeNull();
        kept.Conversation.Title.ShouldBe("Mine");
        kept.Messages.Select(message => message.Text).ShouldBe(["Mine", ""]);
    }

    [Fact]
    public async Task EndAnswer_Arriving_KeepsTextStateAndCall()
    {
        var thread = await AskAsync("Hello");

        (await Store.EndAnswerAsync(ChatWorld.Ada, thread.Messages[1].Id, Ending("Half an ans"), Cancellation)).ShouldBeTrue();

        var answer = (await Store.FindAsync(ChatWorld.Ada, thread.Conversation.Id, Cancellation)).ShouldNotBeNull().Messages[1];
        (answer.Text, answer.State, answer.RequestId).ShouldBe(("Half an ans", MessageState.Stopped, "req_1"));
    }

    [Fact]
    public async Task AskAgain_AfterAFailure_ReplacesTheAnswerOnly()
    {
        var thread = await AskAsync("Hello");

        var again = (await Store.AskAgainAsync(ChatWorld.Ada, thread.Conversation.Id, "other", Cancellation)).ShouldNotBeNull();

        again.Conversation.Model.ShouldBe("other");
        again.Messages.Count.ShouldBe(2);
        again.Messages[0].Id.ShouldBe(thread.Messages[0].Id);
        again.Messages[1].Id.ShouldNotBe(thread.Messages[1].Id);
    }

    [Fact]
    public async Task Rename_LongTitle_IsCutBetweenCharacters()
    {
        var thread = await AskAsync("Hello");

        (await Store.RenameAsync(ChatWorld.Ada, thread.Conversation.Id, string.Concat(Enumerable.Repeat("👩‍👩‍👧", 40)), Cancellation)).ShouldBeTrue();

        var title = (await Store.ListAsync(ChatWorld.Ada, 1, null, Cancellation)).Conversations[0].Title;
        title.Length.ShouldBeLessThanOrEqualTo(ConversationStore.MaxTitleLength);
        title.TrimEnd('…').Replace("👩‍👩‍👧", "", StringComparison.Ordinal).ShouldBeEmpty();
    }

    [Fact]
    public async Task Rename_ToNothing_ChangesNothing()
    {
        var thread = await AskAsync("Hello");

        (await Store.RenameAsync(ChatWorld.Ada, thread.Conversation.Id, " \n ", Cancellation)).ShouldBeFalse();

        (await Store.FindAsync(ChatWorld.Ada, thread.Conversation.Id, Cancellation)).ShouldNotBeNull().Conversation.Title.ShouldBe("Hello");
    }

    [Fact]
    public async Task Delete_Own_TakesTheMessagesAlong()
    {
        var thread = await AskAsync("Hello");

        (await Store.DeleteAsync(ChatWorld.Ada, thread.Conversation.Id, Cancellation)).ShouldBeTrue();

        (await Store.FindAsync(ChatWorld.Ada, thread.Conversation.Id, Cancellation)).ShouldBeNull();
        (await Store.EndAnswerAsync(ChatWorld.Ada, thread.Messages[1].Id, Ending("Too late"), Cancellation)).ShouldBeFalse();
    }

    private async Task<ConversationThread> AskAsync(string question) => (await Store.AskAsync(ChatWorld.Ada, null, "m", question, Cancellation)).ShouldNotBeNull();

    private static AnswerEnding Ending(string text) => new() { Text = text, State = MessageState.Stopped, RequestId = "req_1" };
}
