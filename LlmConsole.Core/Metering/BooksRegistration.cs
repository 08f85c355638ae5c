using LlmConsole.Core.Metering.Sums;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Core.Metering;

public static class BooksRegistration
{
    /// <summary>The ledger, and those who read what it wrote.</summary>
    public static IServiceCollection AddBooks(this IServiceCollection services) => services
        .AddSingleton<UsageLedger>()
        .AddHostedService(provider => provider.GetRequiredService<UsageLedger>())
        .AddSingleton<BooksContexts>()
        .AddSingleton<BooksConnections>()
        .AddSingleton(provider => new BookSums(provider.GetRequiredService<BooksConnections>(), provider.GetRequiredService<TimeProvider>())).AddHostedService<SumsUpkeep>()
        .AddReader<UsageQueries>().AddReader<UsageFacets>()
        .AddSingleton(provider => new SpendQueries(provider.GetRequiredService<BooksConnections>(), provider.GetRequiredService<BookSums>()))
        .AddSingleton(provider => new UsageBreakdowns(provider.GetRequiredService<BooksContexts>(), provider.GetRequiredService<BooksConnections>(), provider.GetRequiredService<BookSums>()))
        .AddSingleton(provider => new MetricHistory(provider.GetRequiredService<BooksContexts>(), provider.GetRequiredService<BookSums>()));

    private static IServiceCollection AddReader<T>(this IServiceCollection services) where T : class =>
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<T>(provider, provider.GetRequiredService<BooksContexts>()));
}
