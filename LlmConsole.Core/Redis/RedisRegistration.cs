using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Core.Redis;

public static class RedisRegistration
{
    /// <summary>The connection to Redis, also where none is configured: then it says so.</summary>
    public static IServiceCollection AddRedis(this IServiceCollection services, RedisOptions options) => services
        .AddSingleton(options)
        .AddSingleton<RedisConnection>()
        .AddHostedService(provider => provider.GetRequiredService<RedisConnection>());
}
