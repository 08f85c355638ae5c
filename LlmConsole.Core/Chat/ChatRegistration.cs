using LlmConsole.Core.Idempotency;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Providers;
using LlmConsole.Core.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Core.Chat;

public static class ChatRegistration
{
    /// <summary>The road and its rooms.</summary>
    public static IServiceCollection AddChat(this IServiceCollection services) => services
        .AddSingleton<ISpendHistory, SpendHistory>()
        .AddSingleton<Limiter>()
        .AddSingleton<Upstream>()
        .AddSingleton<ProviderProbe>()
        .AddSingleton<Router>()
        .AddSingleton<UsageLedger>()
        .AddHostedService(provider => provider.GetRequiredService<UsageLedger>())
        .AddSingleton<UsageQueries>()
        .AddSingleton<SpendQueries>()
        .AddSingleton<UsageBreakdowns>()
        .AddSingleton<ChatGateway>()
        .AddIdempotency()
        .AddSingleton<IdempotentGateway>();
}
