using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Conversations;

/// <summary>What stands in a conversation. Everything is asked for by the owner's user id: to anyone else a conversation does not exist.</summary>
public sealed class ConversationStore(IDbContextFactory<LlmConsoleDbContext> contexts, TimeProvider time)
{
    public const int MaxTitleLength = 80;

    /// <summary>The conversation and the branch that is shown; none when the user has no such conversation.</summary>
    public async Task<ConversationThread?> FindAsync(string userId, string conversationId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var conversation = await Owned(db, userId).AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == conversationId, cancellation);
        return conversation is null ? null : await ThreadAsync(db, conversation, cancellation);
    }

    /// <summary>The messages with these ids, oldest first.</summary>
    public async Task<IReadOnlyList<Message>> ReadAsync(string userId, string conversationId, IReadOnlyCollection<string> ids, CancellationToken cancellation)
    {
        if (ids.Count == 0) return [];
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var owned = Owned(db, userId);
        return await InOrder(db, conversationId).AsNoTracking().Where(message => ids.Contains(message.Id) && owned.Any(conversation => conversation.Id == message.ConversationId)).ToListAsync(cancellation);
    }

    /// <summary>Every message of every branch, oldest first.</summary>
    public async Task<IReadOnlyList<Message>> ReadAllAsync(string userId, string conversationId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var owned = Owned(db, userId);
        return await InOrder(db, conversationId).AsNoTracking().Where(message => owned.Any(conversation => conversation.Id == message.ConversationId)).ToListAsync(cancellation);
    }

    /// <summary>
    /// Appends a question and the empty answer that is about to arrive, in a new conversation when none is named.
    /// Returns the thread, or none when the user has no such conversation.
    /// </summary>
    public async Task<ConversationThread?> AskAsync(string userId, string? conversationId, string model, string question, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var conversation = conversationId is null ? Add(db, userId, model, question) : await Owned(db, userId).SingleOrDefaultAsync(candidate => candidate.Id == conversationId, cancellation);
        if (conversation is null) return null;
        var leaf = (await TreeAsync(db, conversation.Id, cancellation)).LeafOr(conversation.LeafId);
        return await BranchAsync(db, conversation, model, leaf ?? conversation.Id, question, cancellation);
    }

    /// <summary>Asks a question in other words: both stay, as versions, and the new one is shown. None when the user has no such question.</summary>
    public async Task<ConversationThread?> EditAsync(string userId, string conversationId, string messageId, string model, string question, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var conversation = await Owned(db, userId).SingleOrDefaultAsync(candidate => candidate.Id == conversationId, cancellation);
        if (conversation is null || (await TreeAsync(db, conversationId, cancellation)).Find(messageId) is not { Role: MessageRole.User } edited) return null;
        return await BranchAsync(db, conversation, model, edited.ParentId!, question, cancellation);
    }

    /// <summary>Begins another version of an answer. One that has no text and that nothing follows is replaced, for there is nothing to keep. None when the user has no such answer.</summary>
    public async Task<ConversationThread?> AskAgainAsync(string userId, string conversationId, string messageId, string model, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var conversation = await Owned(db, userId).SingleOrDefaultAsync(candidate => candidate.Id == conversationId, cancellation);
        if (conversation is null) return null;
        var tree = await TreeAsync(db, conversationId, cancellation);
        if (tree.Find(messageId) is not { Role: MessageRole.Assistant } answer) return null;
        if (!answer.HasText && !tree.HasChildren(messageId)) db.Remove(await db.Set<Message>().SingleAsync(message => message.Id == messageId, cancellation));
        return await BranchAsync(db, conversation, model, answer.ParentId!, null, cancellation);
    }

    /// <summary>Shows the branch on which a message lies, or another version of that message. None when the user has no such message.</summary>
    /// <param name="userId">Who asks.</param>
    /// <param name="conversationId">The conversation.</param>
    /// <param name="messageId">The message.</param>
    /// <param name="steps">How many versions further: −1 is the one before it, 0 the message itself.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<ConversationThread?> ChooseAsync(string userId, string conversationId, string messageId, int steps, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var conversation = await Owned(db, userId).SingleOrDefaultAsync(candidate => candidate.Id == conversationId, cancellation);
        if (conversation is null) return null;
        var tree = await TreeAsync(db, conversationId, cancellation);
        if (tree.Find(messageId) is not { } node) return null;
        var shown = tree.Branch(conversation.LeafId);
        if (steps != 0 || shown.All(turn => turn.MessageId != messageId))
        {
            conversation.LeafId = tree.LeafBelow(tree.Sibling(node, steps));
            await db.SaveChangesAsync(cancellation);
            shown = tree.Branch(conversation.LeafId);
        }

        return new ConversationThread(conversation, shown);
    }

    /// <summary>Writes down how an answer ended, even when its conversation was deleted meanwhile, for that may be taken back. False when it is gone for good.</summary>
    public async Task<bool> EndAnswerAsync(string userId, string messageId, AnswerEnding ending, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var changed = await db.Set<Message>()
            .Where(message => message.Id == messageId && db.Set<Conversation>().Any(conversation => conversation.Id == message.ConversationId && conversation.UserId == userId))
            .ExecuteUpdateAsync(set => set
                .SetProperty(message => message.Text, Message.Storable(ending.Text))
                .SetProperty(message => message.State, ending.State)
                .SetProperty(message => message.RequestId, ending.RequestId)
                .SetProperty(message => message.Error, ending.Error), cancellation);
        return changed > 0;
    }

    /// <summary>What the user has and hasn't deleted.</summary>
    internal static IQueryable<Conversation> Owned(LlmConsoleDbContext db, string userId) =>
        db.Set<Conversation>().Where(conversation => conversation.UserId == userId && conversation.DeletedAt == null);

    /// <summary>Adds a question, if there is one, and the answer that is about to arrive, and shows the branch that ends there.</summary>
    private async Task<ConversationThread> BranchAsync(LlmConsoleDbContext db, Conversation conversation, string model, string parentId, string? question, CancellationToken cancellation)
    {
        var at = await NextMomentAsync(db, conversation.Id, cancellation);
        if (question is not null)
        {
            var asked = New(conversation.Id, parentId, MessageRole.User, question, MessageState.Complete, at);
            db.Add(asked);
            parentId = asked.Id;
        }

        var answer = New(conversation.Id, parentId, MessageRole.Assistant, "", MessageState.Streaming, at.AddMilliseconds(1));
        db.Add(answer);
        conversation.Model = model;
        conversation.LeafId = answer.Id;
        conversation.UpdatedAt = time.GetUtcNow();
        await db.SaveChangesAsync(cancellation);
        return await ThreadAsync(db, conversation, cancellation);
    }

    private Conversation Add(LlmConsoleDbContext db, string userId, string model, string question)
    {
        var now = time.GetUtcNow();
        var conversation = new Conversation { Id = Ids.New("conv", time), UserId = userId, Title = ConversationTitle.OfQuestion(Message.Storable(question)), Model = model, CreatedAt = now, UpdatedAt = now };
        db.Add(conversation);
        return conversation;
    }

    private Message New(string conversationId, string parentId, MessageRole role, string text, MessageState state, DateTimeOffset at) =>
        new() { Id = Ids.New("msg", time), ConversationId = conversationId, ParentId = parentId, Role = role, Text = Message.Storable(text), State = state, CreatedAt = at };

    /// <summary>The moment orders the messages of a conversation, so each is at least a millisecond after the one before, whatever the clock does.</summary>
    private async Task<DateTimeOffset> NextMomentAsync(LlmConsoleDbContext db, string conversationId, CancellationToken cancellation)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        var last = await InOrder(db, conversationId).AsNoTracking().Select(message => (DateTimeOffset?)message.CreatedAt).LastOrDefaultAsync(cancellation);
        return last is { } previous && previous >= now ? previous.AddMilliseconds(1) : now;
    }

    private static IQueryable<Message> InOrder(LlmConsoleDbContext db, string conversationId) =>
        db.Set<Message>().Where(message => message.ConversationId == conversationId).OrderBy(message => message.CreatedAt).ThenBy(message => message.Id);

    private static async Task<MessageTree> TreeAsync(LlmConsoleDbContext db, string conversationId, CancellationToken cancellation) =>
        new(conversationId, await InOrder(db, conversationId).Select(message => new Node(message.Id, message.ParentId, message.Role, message.Text != "")).ToListAsync(cancellation));

    private static async Task<ConversationThread> ThreadAsync(LlmConsoleDbContext db, Conversation conversation, CancellationToken cancellation) =>
        new(conversation, (await TreeAsync(db, conversation.Id, cancellation)).Branch(conversation.LeafId));
}
