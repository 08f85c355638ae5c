using LlmConsole.Components.Chat.Answering;
using LlmConsole.Core.Conversations;
using LlmConsole.Core.Metering;

namespace LlmConsole.Tests.Components.Chat.Answering;

public sealed class LiveAnswersTests : IAsyncLifetime
{
    private ChatWorld _world = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _world = await ChatWorld.CreateAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Start_Echo_IsStoredCompleteAndStandsInTheBooks()
    {
        var (thread, live) = await StartAsync(ChatWorld.EchoModel, "Say **this**");
        await live.Ended.WaitAsync(Cancellation);

        var answer = await AnswerOfAsync(thread);
        (answer.Text, answer.State, answer.RequestId).ShouldBe(("Say **this**", MessageState.Complete, live.RequestId));
        var record = (await _world.Get<UsageQueries>().FindAllAsync([live.RequestId, "req_unknown"], Cancellation)).ShouldHaveSingleItem().Value;
        (record.Outcome, record.UserId, record.TenantId, record.KeyId).ShouldBe((Outcome.Answered, ChatWorld.Ada, _world.TenantId, null));
        _world.Answers.Find(live.MessageId).ShouldBeNull();
    }

    [Fact]
    public async Task Start_SecondQuestion_SendsTheWholeConversation()
    {
        var (thread, live) = await StartAsync(ChatWorld.EchoModel, "First");
        await live.Ended.WaitAsync(Cancellation);
        var next = (await _world.Conversations.AskAsync(ChatWorld.Ada, thread.Conversation.Id, ChatWorld.EchoModel, "Second", Cancellation)).ShouldNotBeNull();

        var messages = await _world.Conversations.ReadAsync(ChatWorld.Ada, next.Conversation.Id, ConversationCalls.Sent(next), Cancellation);
        var call = _world.Get<ConversationCalls>().Create(ChatWorld.Ada, _world.TenantId, "req_1", next.Conversation.Model, messages);

        System.Text.Encoding.UTF8.GetString(call.Body.Span).ShouldBe(
            """{"model":"simulator/echo","messages":[{"role":"user","content":"First"},{"role":"assistant","content":"First"},{"role":"user","content":"Second"}],"stream":true,"stream_options":{"include_usage":true}}""");
    }

    [Fact]
    public async Task Stop_WhileArriving_KeepsThePartAndBillsIt()
    {
        var (thread, live) = await StartAsync(ChatWorld.SlowModel, "Hello");
        await FirstTextAsync(live);

        live.Stop();
        await live.Ended.WaitAsync(Cancellation);

        var answer = await AnswerOfAsync(thread);
        (answer.Text, answer.State, answer.Error).ShouldBe(("Lorem", MessageState.Stopped, null));
        var record = (await _world.Get<UsageQueries>().FindAsync(live.RequestId, Cancellation)).ShouldNotBeNull();
        record.Outcome.ShouldBe(Outcome.Abandoned);
        record.OutputTokens.ShouldBeGreaterThan(0);
        live.Stop();
    }

    [Fact]
    public async Task Watch_LastWatcherLeaves_StopsTheAnswer()
    {
        var (thread, live) = await StartAsync(ChatWorld.SlowModel, "Hello");
        var first = live.Watch(() => { });
        var second = live.Watch(() => { });

        first.Dispose();
        first.Dispose();
        _world.Answers.Find(live.MessageId).ShouldBe(live);
        second.Dispose();
        await live.Ended.WaitAsync(Cancellation);

        (await AnswerOfAsync(thread)).State.ShouldBe(MessageState.Stopped);
    }

    [Fact]
    public async Task Start_SuspendedTenant_FailsWithTheReason()
    {
        await _world.SuspendAsync("Invoice 42 is unpaid.");

        var (thread, live) = await StartAsync(ChatWorld.EchoModel, "Hello");
        await live.Ended.WaitAsync(Cancellation);

        var answer = await AnswerOfAsync(thread);
        answer.State.ShouldBe(MessageState.Failed);
        answer.Error.ShouldNotBeNull().ShouldContain("Invoice 42 is unpaid.");
        answer.RequestId.ShouldBe(live.RequestId);
    }

    [Fact]
    public async Task Start_UnknownModel_FailsWithTheRefusal()
    {
        var (thread, live) = await StartAsync("nonsense", "Hello");
        await live.Ended.WaitAsync(Cancellation);

        (await AnswerOfAsync(thread)).Error.ShouldNotBeNull().ShouldContain("nonsense");
    }

    [Fact]
    public async Task Start_WithoutTenant_FailsAndSaysWhatToDo()
    {
        var thread = (await _world.Conversations.AskAsync(ChatWorld.Ada, null, ChatWorld.EchoModel, "Hello", Cancellation)).ShouldNotBeNull();
        await _world.Answers.Start(ChatWorld.Ada, null, thread).Ended.WaitAsync(Cancellation);

        (await AnswerOfAsync(thread)).Error.ShouldNotBeNull().ShouldContain("belongs to no tenant");
    }

    [Fact]
    public void Sent_LongConversation_IsTheNewestMessagesThatHaveText()
    {
        var turns = Enumerable.Range(0, 250).Select(i => new Turn($"{i}", i % 2 == 0 ? MessageRole.User : MessageRole.Assistant, i != 248, 1, 1)).ToList();
        var thread = new ConversationThread(new Conversation { Id = "c", UserId = ChatWorld.Ada, Title = "t", Model = "m" }, turns);

        ConversationCalls.Sent(thread).ShouldBe(Enumerable.Range(149, 101).Where(i => i != 248).Select(i => $"{i}"));
    }

    private async Task<(ConversationThread Thread, LiveAnswer Live)> StartAsync(string model, string question)
    {
        var thread = (await _world.Conversations.AskAsync(ChatWorld.Ada, null, model, question, Cancellation)).ShouldNotBeNull();
        return (thread, _world.Answers.Start(ChatWorld.Ada, _world.TenantId, thread));
    }

    private async Task<Message> AnswerOfAsync(ConversationThread thread) =>
        (await _world.MessagesAsync(thread))[^1];

    private static async Task FirstTextAsync(LiveAnswer live)
    {
        var arrived = new TaskCompletionSource();

        // Never disposed: leaving would stop the answer.
        live.Watch(() => arrived.TrySetResult());
        if (live.Text.Length == 0) await Task.WhenAny(arrived.Task, live.Ended).WaitAsync(Cancellation);
    }
}
