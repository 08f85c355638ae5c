using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Core.Conversations;

public static class ConversationRegistration
{
    /// <summary>The memory of the chat page.</summary>
    public static IServiceCollection AddConversations(this IServiceCollection services) => services
        .AddSingleton<ConversationStore>()
        .AddSingleton<ConversationShelf>()
        .AddHostedService<ConversationUpkeep>();
}
