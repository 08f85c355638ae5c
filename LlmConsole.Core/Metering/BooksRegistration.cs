using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Core.Metering;

public static class BooksRegistration
{
    /// <summary>The ledger, and those who read what it wrote.</summary>
    public static IServiceCollection AddBooks(this IServiceCollection services) => services
        .AddSingleton<UsageLedger>()
        .AddHostedService(provider => provider.GetRequiredService<UsageLedger>())
        .AddSingleton<BooksContexts>()
        .AddReader<UsageQueries>().AddReader<UsageFacets>().AddReader<UsageBreakdowns>().AddReader<SpendQueries>().AddReader<MetricHistory>();

    private static IServiceCollection AddReader<T>(this IServiceCollection services) where T : class =>
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<T>(provider, provider.GetRequiredService<BooksContexts>()));
}
