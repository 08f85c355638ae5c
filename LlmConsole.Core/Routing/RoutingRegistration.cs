using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Routing;

public static class RoutingRegistration
{
    public static IServiceCollection AddRouting(this IServiceCollection services) => services
        .AddSingleton(new HealthOptions())
        .AddSingleton<HealthBook>()
        .AddSingleton<DrillBook>()
        .AddSingleton(provider => new TargetCalls(provider.GetRequiredService<Upstream>(), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton(provider => new Router(
            provider.GetRequiredService<TargetCalls>(), provider.GetRequiredService<HealthBook>(), provider.GetRequiredService<DrillBook>(), provider.GetRequiredService<ILogger<Router>>()))
        .AddSingleton(provider => new ModelProbe(
            provider.GetRequiredService<TargetCalls>(), provider.GetRequiredService<ConfigurationStore>(), provider.GetRequiredService<ConfigurationEditor>(), provider.GetRequiredService<TimeProvider>()));
}
