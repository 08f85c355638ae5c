using System.Net;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Core.Webhooks;

public static class WebhooksRegistration
{
    /// <summary>Events that are sent to others.</summary>
    public static IServiceCollection AddWebhooks(this IServiceCollection services, WebhookOptions options) => services
        .AddSingleton(options)
        .AddSingleton<NameLookup>(static (host, cancellation) => Dns.GetHostAddressesAsync(host, cancellation))
        .AddSingleton<OutboundGate>()
        .AddSingleton<WebhookBell>()
        .AddSingleton<WebhookOutbox>()
        .AddSingleton<WebhookSender>()
        .AddSingleton<DeliveryClaims>()
        .AddSingleton<DeliveryRun>()
        .AddSingleton<DeliveryUpkeep>()
        .AddSingleton<DeliveryQueries>()
        .AddSingleton(provider => new DeliveryActions(
            provider.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>(), provider.GetRequiredService<WebhookOutbox>(), provider.GetRequiredService<DeliveryRun>(),
            provider.GetRequiredService<ConfigurationEditor>(), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton(provider => new WebhookEdits(
            provider.GetRequiredService<ConfigurationEditor>(), provider.GetRequiredService<ISecretProtector>(), provider.GetRequiredService<OutboundGate>(),
            provider.GetRequiredService<WebhookBell>(), provider.GetRequiredService<TimeProvider>()))
        .AddHostedService<DeliveryWorker>();
}
