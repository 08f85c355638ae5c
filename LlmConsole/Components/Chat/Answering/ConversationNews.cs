namespace LlmConsole.Components.Chat.Answering;

/// <summary>Tells the pages of a user that a conversation has changed, so that all of them show the same.</summary>
internal sealed class ConversationNews
{
    /// <summary>Whose conversation changed, which one, and the page that changed it and knows already.</summary>
    public event Action<string, string, object>? Changed;

    public void Tell(string userId, string conversationId, object origin) => Changed?.Invoke(userId, conversationId, origin);
}
