namespace LlmConsole.Core.Conversations;

/// <summary>A thread of the chat page, owned by one user.</summary>
public sealed class Conversation
{
    public required string Id { get; init; }
    public required string UserId { get; init; }
    public required string Title { get; set; }
    public required string Model { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>The last message of the branch that is shown; none in conversations of the first release, which have one branch.</summary>
    public string? LeafId { get; set; }

    /// <summary>Since when it stands above the others in the list.</summary>
    public DateTimeOffset? PinnedAt { get; set; }

    /// <summary>Since when it is hidden from its owner, who may take that back until it is deleted for good.</summary>
    public DateTimeOffset? DeletedAt { get; set; }
}

/// <summary>One message of a conversation.</summary>
public sealed class Message
{
    public required string Id { get; init; }
    public required string ConversationId { get; init; }

    /// <summary>The message that it follows, or the conversation's id. None in messages of the first release: they follow the one before them.</summary>
    public string? ParentId { get; init; }
    public required MessageRole Role { get; init; }
    public required string Text { get; set; }

    /// <summary>A text as it can be stored: PostgreSQL has no NUL in texts, and models have been seen to send one.</summary>
    internal static string Storable(string text) => text.Replace('\0', '\uFFFD');
    public MessageState State { get; set; }

    /// <summary>The call that produced an answer: the link to the books.</summary>
    public string? RequestId { get; set; }

    /// <summary>What the reader was told when the answer failed.</summary>
    public string? Error { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
}

public enum MessageRole
{
    User,
    Assistant,
}

public enum MessageState
{
    Complete,

    /// <summary>The reader pressed Stop; the text is what had arrived.</summary>
    Stopped,
    Failed,

    /// <summary>An answer that is still arriving, or whose process ended before it did.</summary>
    Streaming,
}
