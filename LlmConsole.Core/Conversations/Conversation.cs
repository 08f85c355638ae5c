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
}

/// <summary>One message of a conversation.</summary>
public sealed class Message
{
    public required string Id { get; init; }
    public required string ConversationId { get; init; }
    public required MessageRole Role { get; init; }
    public required string Text { get; set; }
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
