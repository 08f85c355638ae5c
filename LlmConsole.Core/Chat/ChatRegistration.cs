using LlmConsole.Core.Bodies;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Idempotency;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Metering.Live;
using LlmConsole.Core.Metering.Sums;
using LlmConsole.Core.Providers;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace LlmConsole.Core.Chat;

public static class ChatRegistration
{
    /// <summary>The road and its rooms.</summary>
    public static IServiceCollection AddChat(this IServiceCollection services) => services
        .AddSpendHistory()
        .AddSingleton<RedisLimits>()
        .AddSingleton<Limiter>()
        .AddHostedService<LimitUpkeep>()
        .AddSingleton<RegisteredClients>()
        .AddSingleton<Upstream>()
        .AddSingleton<ProviderProbe>()
        .AddRouting()
        .AddBooks()
        .AddSingleton<LiveMetrics>()
        .AddHostedService(provider => provider.GetRequiredService<LiveMetrics>())
        .AddCaching()
        .AddSingleton<Embedders>()
        .AddSingleton(provider => new CachedRoad(
            provider.GetRequiredService<AnswerCache>(), provider.GetRequiredService<SemanticLookup>(), provider.GetRequiredService<Embedders>(), provider.GetRequiredService<CachePairs>(),
            provider.GetRequiredService<Limiter>(), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton(provider => new WrongHits(provider.GetRequiredService<UsageQueries>(), provider.GetRequiredService<KeptAnswers>(), provider.GetRequiredService<ConfigurationEditor>()))
        .AddSingleton<BodyKeeper>()
        .AddHostedService(provider => provider.GetRequiredService<BodyKeeper>())
        .AddSingleton<KeptBodies>()
        .AddSingleton<ChatGateway>()
        .AddCallLog()
        .AddSingleton<PromptCounter>()
        .AddIdempotency()
        .AddSingleton<IdempotentGateway>();

    /// <summary>It counts what waits for the books beside them, so unlike others who read them it needn't wait until they have caught up: after an outage that takes longer than a call waits for its budgets.</summary>
    private static IServiceCollection AddSpendHistory(this IServiceCollection services) => services.AddSingleton<ISpendHistory>(provider =>
        ActivatorUtilities.CreateInstance<SpendHistory>(provider, new SpendQueries(provider.GetRequiredService<DatabaseConnections>(), provider.GetRequiredService<BookSums>())));

    /// <summary>The host may have a log of calls of its own.</summary>
    private static IServiceCollection AddCallLog(this IServiceCollection services)
    {
        services.TryAddSingleton<ICallLog, CallLog>();
        return services;
    }
}
