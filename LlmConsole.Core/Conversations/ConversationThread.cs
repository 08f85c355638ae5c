namespace LlmConsole.Core.Conversations;

/// <summary>A conversation with its messages.</summary>
/// <param name="Conversation">The thread.</param>
/// <param name="Messages">Oldest first.</param>
public sealed record ConversationThread(Conversation Conversation, IReadOnlyList<Message> Messages);

/// <summary>A page of a user's conversations.</summary>
/// <param name="Conversations">Most recently used first.</param>
/// <param name="Next">Pass as <c>after</c> for the next page; none on the last.</param>
public sealed record ConversationPage(IReadOnlyList<Conversation> Conversations, ConversationCursor? Next);

/// <summary>The last conversation of a page.</summary>
public sealed record ConversationCursor(DateTimeOffset UpdatedAt, string Id);

/// <summary>How an answer ended.</summary>
public sealed record AnswerEnding
{
    /// <summary>What had arrived.</summary>
    public required string Text { get; init; }
    public required MessageState State { get; init; }
    public required string RequestId { get; init; }

    /// <summary>What the reader is told when it failed.</summary>
    public string? Error { get; init; }
}
