using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Core.Alerts;

public static class AlertsRegistration
{
    /// <summary>Rules that watch over the gateway, and who is told.</summary>
    public static IServiceCollection AddAlerts(this IServiceCollection services) => services
        .AddSingleton<IConditions, TrafficConditions>()
        .AddSingleton<IConditions, SpendConditions>()
        .AddSingleton<IConditions, BudgetConditions>()
        .AddSingleton<IConditions, StateConditions>()
        .AddSingleton<AlertBook>()
        .AddSingleton<AlertQueries>()
        .AddSingleton<AlertRehearsal>()
        .AddSingleton<AlertWatch>()
        .AddHostedService(provider => provider.GetRequiredService<AlertWatch>());
}
