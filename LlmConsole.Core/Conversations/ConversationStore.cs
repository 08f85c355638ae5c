using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Conversations;

/// <summary>What the chat page remembers. Everything is asked for by the owner's user id: to anyone else a conversation does not exist.</summary>
public sealed class ConversationStore(IDbContextFactory<LlmConsoleDbContext> contexts, TimeProvider time)
{
    public const int MaxTitleLength = 80;

    /// <summary>The user's conversations, most recently used first.</summary>
    public async Task<ConversationPage> ListAsync(string userId, int limit, ConversationCursor? after, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var query = Owned(db, userId).AsNoTracking();
        if (after is { } cursor)
        {
            query = query.Where(conversation => conversation.UpdatedAt < cursor.UpdatedAt
                || (conversation.UpdatedAt == cursor.UpdatedAt && string.Compare(conversation.Id, cursor.Id) < 0));
        }

        var rows = await query.OrderByDescending(conversation => conversation.UpdatedAt).ThenByDescending(conversation => conversation.Id)
            .Take(limit + 1).ToListAsync(cancellation);
        return rows.Count > limit
            ? new ConversationPage(rows[..limit], new ConversationCursor(rows[limit - 1].UpdatedAt, rows[limit - 1].Id))
            : new ConversationPage(rows, null);
    }

    /// <summary>The conversation with its messages, oldest first; none when the user has no such conversation.</summary>
    public async Task<ConversationThread?> FindAsync(string userId, string conversationId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var conversation = await Owned(db, userId).AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == conversationId, cancellation);
        return conversation is null ? null : new ConversationThread(conversation, await MessagesAsync(db, conversationId, cancellation));
    }

    /// <summary>
    /// Appends a question and the empty answer that is about to arrive, in a new conversation when none is named.
    /// Returns the whole thread, or none when the user has no such conversation.
    /// </summary>
    public async Task<ConversationThread?> AskAsync(string userId, string? conversationId, string model, string question, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var conversation = conversationId is null ? Add(db, userId, model, question) : await Owned(db, userId).SingleOrDefaultAsync(candidate => candidate.Id == conversationId, cancellation);
        if (conversation is null) return null;

        var at = await NextMomentAsync(db, conversation.Id, cancellation);
        db.Add(New(conversation.Id, MessageRole.User, question, MessageState.Complete, at));
        db.Add(New(conversation.Id, MessageRole.Assistant, "", MessageState.Streaming, at.AddMilliseconds(1)));
        conversation.Model = model;
        conversation.UpdatedAt = time.GetUtcNow();
        await db.SaveChangesAsync(cancellation);
        return new ConversationThread(conversation, await MessagesAsync(db, conversation.Id, cancellation));
    }

    /// <summary>Replaces the conversation's last answer by an empty one that is about to arrive. None when the last message is not an answer of the user's.</summary>
    public async Task<ConversationThread?> AskAgainAsync(string userId, string conversationId, string model, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var conversation = await Owned(db, userId).SingleOrDefaultAsync(candidate => candidate.Id == conversationId, cancellation);
        if (conversation is null) return null;
        var last = await InOrder(db, conversationId).LastOrDefaultAsync(cancellation);
        if (last is not { Role: MessageRole.Assistant }) return null;

        db.Remove(last);
        db.Add(New(conversationId, MessageRole.Assistant, "", MessageState.Streaming, last.CreatedAt));
        conversation.Model = model;
        conversation.UpdatedAt = time.GetUtcNow();
        await db.SaveChangesAsync(cancellation);
        return new ConversationThread(conversation, await MessagesAsync(db, conversationId, cancellation));
    }

    /// <summary>Writes down how an answer ended. False when it, or its conversation, was deleted meanwhile.</summary>
    public async Task<bool> EndAnswerAsync(string userId, string messageId, AnswerEnding ending, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var owned = Owned(db, userId);
        var changed = await db.Set<Message>()
            .Where(message => message.Id == messageId && owned.Any(conversation => conversation.Id == message.ConversationId))
            .ExecuteUpdateAsync(set => set
                .SetProperty(message => message.Text, ending.Text)
                .SetProperty(message => message.State, ending.State)
                .SetProperty(message => message.RequestId, ending.RequestId)
                .SetProperty(message => message.Error, ending.Error), cancellation);
        return changed > 0;
    }

    /// <summary>False when the user has no such conversation. An empty title changes nothing.</summary>
    public async Task<bool> RenameAsync(string userId, string conversationId, string title, CancellationToken cancellation)
    {
        var shortened = ConversationTitle.From(title);
        if (shortened.Length == 0) return false;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await Owned(db, userId).Where(conversation => conversation.Id == conversationId)
            .ExecuteUpdateAsync(set => set.SetProperty(conversation => conversation.Title, shortened), cancellation) > 0;
    }

    /// <summary>Deletes the conversation and its messages. False when the user has no such conversation.</summary>
    public async Task<bool> DeleteAsync(string userId, string conversationId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await Owned(db, userId).Where(conversation => conversation.Id == conversationId).ExecuteDeleteAsync(cancellation) > 0;
    }

    private Conversation Add(LlmConsoleDbContext db, string userId, string model, string question)
    {
        var now = time.GetUtcNow();
        var conversation = new Conversation { Id = Ids.New("conv", time), UserId = userId, Title = ConversationTitle.OfQuestion(question), Model = model, CreatedAt = now, UpdatedAt = now };
        db.Add(conversation);
        return conversation;
    }

    private Message New(string conversationId, MessageRole role, string text, MessageState state, DateTimeOffset at) =>
        new() { Id = Ids.New("msg", time), ConversationId = conversationId, Role = role, Text = text, State = state, CreatedAt = at };

    /// <summary>The moment orders the messages of a conversation, so each is at least a millisecond after the one before, whatever the clock does.</summary>
    private async Task<DateTimeOffset> NextMomentAsync(LlmConsoleDbContext db, string conversationId, CancellationToken cancellation)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        var last = await InOrder(db, conversationId).AsNoTracking().Select(message => (DateTimeOffset?)message.CreatedAt).LastOrDefaultAsync(cancellation);
        return last is { } previous && previous >= now ? previous.AddMilliseconds(1) : now;
    }

    private static IQueryable<Conversation> Owned(LlmConsoleDbContext db, string userId) => db.Set<Conversation>().Where(conversation => conversation.UserId == userId);

    private static IQueryable<Message> InOrder(LlmConsoleDbContext db, string conversationId) =>
        db.Set<Message>().Where(message => message.ConversationId == conversationId).OrderBy(message => message.CreatedAt).ThenBy(message => message.Id);

    private static async Task<IReadOnlyList<Message>> MessagesAsync(LlmConsoleDbContext db, string conversationId, CancellationToken cancellation) =>
        await InOrder(db, conversationId).AsNoTracking().ToListAsync(cancellation);
}
