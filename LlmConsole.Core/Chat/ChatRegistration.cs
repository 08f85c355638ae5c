using LlmConsole.Core.Metering;
using LlmConsole.Core.Providers;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Core.Chat;

public static class ChatRegistration
{
    /// <summary>The road and its rooms.</summary>
    public static IServiceCollection AddChat(this IServiceCollection services) => services
        .AddSingleton<ProviderProbe>()
        .AddSingleton<UsageQueries>()
        .AddSingleton<ChatGateway>();
}
