using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Conversations;

/// <summary>A user's conversations as a list: to look through, to search, to keep in order and to throw away.</summary>
public sealed class ConversationShelf(IDbContextFactory<LlmConsoleDbContext> contexts, DatabaseConnections connections, TimeProvider time)
{
    /// <summary>How long a deletion can be taken back.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    private const int MostPinned = 100;
    private const int MostFound = 30;

    /// <summary>The user's conversations that aren't pinned, most recently used first.</summary>
    public async Task<ConversationPage> ListAsync(string userId, int limit, ConversationCursor? after, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var query = ConversationStore.Owned(db, userId).AsNoTracking().Where(conversation => conversation.PinnedAt == null);
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

    /// <summary>The user's pinned conversations, the last pinned first.</summary>
    public async Task<IReadOnlyList<Conversation>> PinnedAsync(string userId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await ConversationStore.Owned(db, userId).AsNoTracking().Where(conversation => conversation.PinnedAt != null)
            .OrderByDescending(conversation => conversation.PinnedAt).ThenByDescending(conversation => conversation.Id).Take(MostPinned).ToListAsync(cancellation);
    }

    /// <summary>The user's conversations whose title or messages hold the text, in any case of letters, most recently used first; the most recent ones where there are many.</summary>
    public async Task<IReadOnlyList<FoundConversation>> SearchAsync(string userId, string text, CancellationToken cancellation)
    {
        var sought = text.Trim();
        if (sought.Length == 0) return [];
        var pattern = $"%{sought.ToLowerInvariant().Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_")}%";
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var holding = db.Set<Message>().AsNoTracking().Where(message => EF.Functions.Like(message.Text.ToLower(), pattern, "\\"));
        var found = await ConversationStore.Owned(db, userId).AsNoTracking()
            .Where(conversation => EF.Functions.Like(conversation.Title.ToLower(), pattern, "\\") || holding.Any(message => message.ConversationId == conversation.Id))
            .OrderByDescending(conversation => conversation.UpdatedAt).ThenByDescending(conversation => conversation.Id).Take(MostFound).ToListAsync(cancellation);
        var ids = found.Select(conversation => conversation.Id).ToList();
        var newest = holding.Where(message => ids.Contains(message.ConversationId)).GroupBy(message => message.ConversationId)
            .Select(messages => messages.OrderByDescending(message => message.CreatedAt).ThenByDescending(message => message.Id).First().Id);
        var messages = await db.Set<Message>().AsNoTracking().Where(message => newest.Contains(message.Id)).ToDictionaryAsync(message => message.ConversationId, cancellation);
        return [.. found.Select(conversation => messages.GetValueOrDefault(conversation.Id) is { } message
            ? new FoundConversation(conversation, message.Id, Excerpt.Around(message.Text, sought)) : new FoundConversation(conversation, null, null))];
    }

    /// <summary>False when the user has no such conversation. An empty title changes nothing.</summary>
    public async Task<bool> RenameAsync(string userId, string conversationId, string title, CancellationToken cancellation)
    {
        var shortened = ConversationTitle.From(title);
        if (shortened.Length == 0) return false;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await ConversationStore.Owned(db, userId).Where(conversation => conversation.Id == conversationId)
            .ExecuteUpdateAsync(set => set.SetProperty(conversation => conversation.Title, shortened), cancellation) > 0;
    }

    /// <summary>Puts the conversation above the others, or back among them; the one pinned longest ago makes room where too many are. False when the user has no such conversation.</summary>
    public async Task<bool> PinAsync(string userId, string conversationId, bool isPinned, CancellationToken cancellation)
    {
        DateTimeOffset? at = isPinned ? time.GetUtcNow() : null;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (await ConversationStore.Owned(db, userId).Where(conversation => conversation.Id == conversationId)
            .ExecuteUpdateAsync(set => set.SetProperty(conversation => conversation.PinnedAt, at), cancellation) == 0) return false;

        var beyond = ConversationStore.Owned(db, userId).Where(conversation => conversation.PinnedAt != null)
            .OrderByDescending(conversation => conversation.PinnedAt).ThenByDescending(conversation => conversation.Id).Skip(MostPinned).Select(conversation => conversation.Id);
        foreach (var id in isPinned ? await beyond.ToListAsync(cancellation) : [])
            await ConversationStore.Owned(db, userId).Where(conversation => conversation.Id == id).ExecuteUpdateAsync(set => set.SetProperty(conversation => conversation.PinnedAt, (DateTimeOffset?)null), cancellation);
        return true;
    }

    /// <summary>Hides the conversation from everybody, until it is restored or gone for good. False when the user has no such conversation.</summary>
    public async Task<bool> DeleteAsync(string userId, string conversationId, CancellationToken cancellation)
    {
        DateTimeOffset? at = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await ConversationStore.Owned(db, userId).Where(conversation => conversation.Id == conversationId)
            .ExecuteUpdateAsync(set => set.SetProperty(conversation => conversation.DeletedAt, at), cancellation) > 0;
    }

    /// <summary>Takes a deletion back. False when the user deleted no such conversation, or too long ago.</summary>
    public async Task<bool> RestoreAsync(string userId, string conversationId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<Conversation>().Where(conversation => conversation.UserId == userId && conversation.Id == conversationId && conversation.DeletedAt != null)
            .ExecuteUpdateAsync(set => set.SetProperty(conversation => conversation.DeletedAt, (DateTimeOffset?)null), cancellation) > 0;
    }

    /// <summary>Deletes for good what can't be taken back any more, messages included.</summary>
    public Task<int> PurgeAsync(CancellationToken cancellation) =>
        connections.ExecuteAsync($"DELETE FROM conversations WHERE deleted_at <= {(time.GetUtcNow() - KeptFor).ToUnixTimeMilliseconds()}", cancellation);
}
