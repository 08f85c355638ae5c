using LlmConsole.Components.Chat.Answering;
using LlmConsole.Components.Chat.History;
using LlmConsole.Core.Conversations;

namespace LlmConsole.Components.Chat;

internal static class ChatPageRegistration
{
    /// <summary>The chat page: its memory and the calls that it makes.</summary>
    public static IServiceCollection AddChatPage(this IServiceCollection services) => services
        .AddConversations()
        .AddSingleton<ConversationCalls>()
        .AddSingleton<ConversationNews>()
        .AddSingleton<LiveAnswers>()
        .AddHostedService(provider => provider.GetRequiredService<LiveAnswers>());

    public static void MapChatPage(this WebApplication app) => app.MapConversationExport();
}
