namespace LlmConsole.Core.Conversations;

/// <summary>A conversation as its reader sees it: the branch that is shown, without its texts.</summary>
/// <param name="Conversation">The conversation.</param>
/// <param name="Turns">Oldest first.</param>
public sealed record ConversationThread(Conversation Conversation, IReadOnlyList<Turn> Turns);

/// <summary>A message's place on the branch that is shown. Texts are read when they come into view: a long conversation holds megabytes.</summary>
/// <param name="MessageId">The message.</param>
/// <param name="Role">Who wrote it.</param>
/// <param name="HasText">Answers that were refused, or that are just beginning, have none.</param>
/// <param name="Version">Its number among the messages that follow the same one, from 1, oldest first.</param>
/// <param name="Versions">How many those are.</param>
public sealed record Turn(string MessageId, MessageRole Role, bool HasText, int Version, int Versions);

/// <summary>A page of a user's conversations.</summary>
/// <param name="Conversations">Most recently used first.</param>
/// <param name="Next">Pass as <c>after</c> for the next page; none on the last.</param>
public sealed record ConversationPage(IReadOnlyList<Conversation> Conversations, ConversationCursor? Next);

/// <summary>The last conversation of a page.</summary>
public sealed record ConversationCursor(DateTimeOffset UpdatedAt, string Id);

/// <summary>A conversation that holds what was searched for.</summary>
/// <param name="Conversation">The conversation.</param>
/// <param name="MessageId">The newest message that holds it; none when only the title does.</param>
/// <param name="Excerpt">The words around it in that message.</param>
public sealed record FoundConversation(Conversation Conversation, string? MessageId, string? Excerpt);

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
