using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Core.Configuration;

public static class ConfigurationRegistration
{
    public static IServiceCollection AddConfigurationRoom(this IServiceCollection services) => services
        .AddSingleton<ConfigurationStore>()
        .AddHostedService<ConfigurationWatch>()
        .AddSingleton<ConfigurationEditor>()
        .AddSingleton<AuditQueries>()
        .AddSingleton<Seed>();
}
