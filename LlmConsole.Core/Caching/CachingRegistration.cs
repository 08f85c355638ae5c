using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Redis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Caching;

public static class CachingRegistration
{
    /// <summary>The cache of answers.</summary>
    public static IServiceCollection AddCaching(this IServiceCollection services)
    {
        services.TryAddSingleton(new CachingOptions());
        return services
            .AddSingleton(provider => new MessageIndex(provider.GetRequiredService<CachingOptions>().SemanticEntries))
            .AddSingleton(provider => new RedisMessages(
                provider.GetRequiredService<RedisConnection>(), provider.GetRequiredService<RedisAnswers>(), provider.GetRequiredService<CachingOptions>().SemanticEntries,
                provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<RedisMessages>>()))
            .AddSingleton<SemanticLookup>()
            .AddSingleton<CachePairs>()
            .AddHostedService(provider => provider.GetRequiredService<CachePairs>())
            .AddSingleton(provider => new CachePurge(
                provider.GetRequiredService<ConfigurationEditor>(), provider.GetRequiredService<AnswerCache>(), provider.GetRequiredService<MessageIndex>(), provider.GetRequiredService<TimeProvider>()))
            .AddSingleton(provider => new KeptAnswers(
                provider.GetRequiredService<AnswerCache>(), provider.GetRequiredService<MessageIndex>(), provider.GetRequiredService<RedisMessages>(), provider.GetRequiredService<ConfigurationEditor>(),
                provider.GetRequiredService<CachingOptions>()))
            .AddSingleton<CacheSecret>()
            .AddSingleton(provider => new RedisAnswers(provider.GetRequiredService<RedisConnection>(), provider.GetRequiredService<CacheSecret>().ReadAsync, provider.GetRequiredService<ILogger<RedisAnswers>>()))
            .AddHostedService(provider => provider.GetRequiredService<RedisAnswers>())
            .AddSingleton(provider => new AnswerCache(provider.GetRequiredService<CachingOptions>(), provider.GetRequiredService<RedisAnswers>(), provider.GetRequiredService<TimeProvider>()));
    }
}
