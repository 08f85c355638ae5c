using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Core.Idempotency;

public static class IdempotencyRegistration
{
    /// <summary>The memory of idempotency keys.</summary>
    public static IServiceCollection AddIdempotency(this IServiceCollection services) => services
        .AddSingleton<IdempotencyStore>()
        .AddSingleton<IdempotencyUpkeep>()
        .AddHostedService(provider => provider.GetRequiredService<IdempotencyUpkeep>());
}
