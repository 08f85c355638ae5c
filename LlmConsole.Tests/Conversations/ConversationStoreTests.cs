using LlmConsole.Core.Conversations;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Components.Chat;
using Microsoft.EntityFrameworkCore;
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
        (await _world.MessagesAsync(thread)).Select(message => (message.Role, message.State)).ShouldBe([(MessageRole.User, MessageState.Complete), (MessageRole.Assistant, MessageState.Streaming)]);
        (await Store.FindAsync(ChatWorld.Ada, thread.Conversation.Id, Cancellation)).ShouldNotBeNull().Turns.ShouldBe(thread.Turns);
    }

    [Fact]
    public async Task Ask_ManyTimesInOneMoment_KeepsTheOrder()
    {
        var thread = await AskAsync("0");
        for (var i = 1; i < 20; i++) thread = (await Store.AskAsync(ChatWorld.Ada, thread.Conversation.Id, "m", $"{i}", Cancellation)).ShouldNotBeNull();

        (await _world.MessagesAsync(thread)).Where((_, index) => index % 2 == 0).Select(message => message.Text).ShouldBe(Enumerable.Range(0, 20).Select(i => $"{i}"));
        thread.Turns.Where((_, index) => index % 2 == 1).ShouldAllBe(turn => turn.Role == MessageRole.Assistant);
    }

    [Fact]
    public async Task Everything_OfAnotherUser_IsNotFound()
    {
        var thread = await AskAsync("Mine");
        var id = thread.Conversation.Id;
        var (question, answer) = (thread.Turns[0].MessageId, thread.Turns[1].MessageId);

        (await Store.FindAsync(ChatWorld.Bob, id, Cancellation)).ShouldBeNull();
        (await Store.ReadAsync(ChatWorld.Bob, id, [question, answer], Cancellation)).ShouldBeEmpty();
        (await Store.ReadAllAsync(ChatWorld.Bob, id, Cancellation)).ShouldBeEmpty();
        (await Store.AskAsync(ChatWorld.Bob, id, "m", "Yours?", Cancellation)).ShouldBeNull();
        (await Store.EditAsync(ChatWorld.Bob, id, question, "m", "Yours?", Cancellation)).ShouldBeNull();
        (await Store.AskAgainAsync(ChatWorld.Bob, id, answer, "m", Cancellation)).ShouldBeNull();
        (await Store.ChooseAsync(ChatWorld.Bob, id, question, 0, Cancellation)).ShouldBeNull();
        (await Store.EndAnswerAsync(ChatWorld.Bob, answer, Ending("Forged"), Cancellation)).ShouldBeFalse();

        var kept = (await Store.FindAsync(ChatWorld.Ada, id, Cancellation)).ShouldNotBeNull();
        kept.Conversation.Title.ShouldBe("Mine");
        (await _world.MessagesAsync(kept)).Select(message => message.Text).ShouldBe(["Mine", ""]);
    }

    [Fact]
    public async Task EndAnswer_Arriving_KeepsTextStateAndCall()
    {
        var thread = await AskAsync("Hello");

        (await Store.EndAnswerAsync(ChatWorld.Ada, thread.Turns[1].MessageId, Ending("Half an ans"), Cancellation)).ShouldBeTrue();

        var answer = (await _world.MessagesAsync(thread))[1];
        (answer.Text, answer.State, answer.RequestId).ShouldBe(("Half an ans", MessageState.Stopped, "req_1"));
    }

    [Fact]
    public async Task AskAgain_AfterARefusal_ReplacesTheAnswerOnly()
    {
        var thread = await AskAsync("Hello");

        var again = (await Store.AskAgainAsync(ChatWorld.Ada, thread.Conversation.Id, thread.Turns[1].MessageId, "other", Cancellation)).ShouldNotBeNull();

        again.Conversation.Model.ShouldBe("other");
        again.Turns[0].ShouldBe(thread.Turns[0]);
        again.Turns[1].MessageId.ShouldNotBe(thread.Turns[1].MessageId);
        again.Turns.ShouldAllBe(turn => turn.Versions == 1);
    }

    [Fact]
    public async Task Choose_OlderVersion_ShowsItsBranchToTheEnd()
    {
        var thread = await AnsweredAsync("First");
        var id = thread.Conversation.Id;
        var asked = await AnsweredAsync("Second", id);
        var edited = (await Store.EditAsync(ChatWorld.Ada, id, thread.Turns[0].MessageId, "m", "First, otherwise", Cancellation)).ShouldNotBeNull();
        (await TextsAsync(edited)).ShouldBe(["First, otherwise", ""]);
        edited.Turns.Select(turn => (turn.Version, turn.Versions)).ShouldBe([(2, 2), (1, 1)]);

        var older = (await Store.ChooseAsync(ChatWorld.Ada, id, edited.Turns[0].MessageId, -1, Cancellation)).ShouldNotBeNull();

        older.Turns.Select(turn => turn.MessageId).ShouldBe(asked.Turns.Select(turn => turn.MessageId));
        (await TextsAsync(older)).ShouldBe(["First", "Answer", "Second", "Answer"]);
        (await Store.FindAsync(ChatWorld.Ada, id, Cancellation)).ShouldNotBeNull().Turns.ShouldBe(older.Turns);
        (await Store.ChooseAsync(ChatWorld.Ada, id, older.Turns[0].MessageId, -1, Cancellation)).ShouldNotBeNull().Turns.ShouldBe(older.Turns);
        (await Store.ReadAllAsync(ChatWorld.Ada, id, Cancellation)).Count.ShouldBe(6);
    }

    [Fact]
    public async Task Ask_OnAnOlderBranch_GoesOnThere()
    {
        var thread = await AnsweredAsync("First");
        var id = thread.Conversation.Id;
        await Store.EditAsync(ChatWorld.Ada, id, thread.Turns[0].MessageId, "m", "First, otherwise", Cancellation);
        await Store.ChooseAsync(ChatWorld.Ada, id, thread.Turns[0].MessageId, 0, Cancellation);

        (await TextsAsync(await AnsweredAsync("Second", id))).ShouldBe(["First", "Answer", "Second", "Answer"]);
    }

    [Fact]
    public async Task AskAgain_InTheMiddle_KeepsWhatFollowedTheOlderAnswer()
    {
        var thread = await AnsweredAsync("First");
        var id = thread.Conversation.Id;
        await AnsweredAsync("Second", id);

        var again = (await Store.AskAgainAsync(ChatWorld.Ada, id, thread.Turns[1].MessageId, "m", Cancellation)).ShouldNotBeNull();

        again.Turns.Select(turn => (turn.Version, turn.Versions)).ShouldBe([(1, 1), (2, 2)]);
        (await TextsAsync((await Store.ChooseAsync(ChatWorld.Ada, id, thread.Turns[1].MessageId, 0, Cancellation)).ShouldNotBeNull())).ShouldBe(["First", "Answer", "Second", "Answer"]);
    }

    [Fact]
    public async Task Messages_OfTheFirstRelease_FollowOneAnother()
    {
        await using (var db = await _world.Get<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(Cancellation))
        {
            db.Add(new Conversation { Id = "conv_1", UserId = ChatWorld.Ada, Title = "Old", Model = "m" });
            for (var i = 0; i < 4; i++) db.Add(new Message { Id = $"msg_{i}", ConversationId = "conv_1", Role = i % 2 == 0 ? MessageRole.User : MessageRole.Assistant, Text = $"{i}", CreatedAt = _time.GetUtcNow().AddMinutes(i - 10) });
            await db.SaveChangesAsync(Cancellation);
        }

        (await TextsAsync(await AnsweredAsync("4", "conv_1"))).ShouldBe(["0", "1", "2", "3", "4", "Answer"]);

        var edited = (await Store.EditAsync(ChatWorld.Ada, "conv_1", "msg_2", "m", "2, otherwise", Cancellation)).ShouldNotBeNull();
        (await TextsAsync(edited)).ShouldBe(["0", "1", "2, otherwise", ""]);
        (await TextsAsync((await Store.ChooseAsync(ChatWorld.Ada, "conv_1", edited.Turns[2].MessageId, -1, Cancellation)).ShouldNotBeNull())).ShouldBe(["0", "1", "2", "3", "4", "Answer"]);
    }

    private async Task<ConversationThread> AnsweredAsync(string question, string? conversationId = null)
    {
        var thread = (await Store.AskAsync(ChatWorld.Ada, conversationId, "m", question, Cancellation)).ShouldNotBeNull();
        await Store.EndAnswerAsync(ChatWorld.Ada, thread.Turns[^1].MessageId, Ending("Answer"), Cancellation);
        return (await Store.FindAsync(ChatWorld.Ada, thread.Conversation.Id, Cancellation)).ShouldNotBeNull();
    }

    private async Task<IEnumerable<string>> TextsAsync(ConversationThread thread) => (await _world.MessagesAsync(thread)).Select(message => message.Text);

    private async Task<ConversationThread> AskAsync(string question) => (await Store.AskAsync(ChatWorld.Ada, null, "m", question, Cancellation)).ShouldNotBeNull();

    private static AnswerEnding Ending(string text) => new() { Text = text, State = MessageState.Stopped, RequestId = "req_1" };
}
