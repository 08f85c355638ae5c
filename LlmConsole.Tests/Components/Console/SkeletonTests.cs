using System.Data.Common;
using Bunit;
using LlmConsole.Components.Console.Audit;
using LlmConsole.Components.Console.Jobs;
using LlmConsole.Components.Console.Requests;
using LlmConsole.Components.Console.Usage;
using LlmConsole.Core.Metering.Sums;
using LlmConsole.Core.Storage;
using Microsoft.AspNetCore.Components;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Components.Console;

/// <summary>While a page reads for the first time, the shapes of rows stand where they will be, and say so to who can't see them.</summary>
public sealed class SkeletonTests : ConsoleContext
{
    private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isSlow;

    [Fact]
    public void Requests_WhileRead_ShowSkeletons() => ShowSkeletons<RequestsPage>();

    [Fact]
    public void Usage_WhileRead_ShowsSkeletons() => ShowSkeletons<UsagePage>();

    [Fact]
    public void Audit_WhileRead_ShowsSkeletons() => ShowSkeletons<AuditLogPage>();

    [Fact]
    public void Jobs_WhileRead_ShowSkeletons() => ShowSkeletons<JobsPage>();

    private protected override void AddServices(IServiceCollection services)
    {
        var contexts = services.Single(service => service.ServiceType == typeof(IDbContextFactory<LlmConsoleDbContext>));
        services.Remove(contexts);
        services.AddSingleton(provider => new BookSums(new SlowConnections(provider.GetRequiredService<StorageOptions>(), () => _isSlow ? _read.Task : Task.CompletedTask), Time));
        services.AddSingleton<IDbContextFactory<LlmConsoleDbContext>>(new SlowContexts((IDbContextFactory<LlmConsoleDbContext>)contexts.ImplementationInstance!, () => _isSlow ? _read.Task : Task.CompletedTask));
    }

    private void ShowSkeletons<TPage>() where TPage : IComponent
    {
        _isSlow = true;
        var page = Render<TPage>();
        page.Find(".loading-rows").GetAttribute("role").ShouldBe("status");
        page.Find(".loading-rows").GetAttribute("aria-label").ShouldBe("Loading");
        page.FindAll(".empty-state, table").ShouldBeEmpty();

        _read.SetResult();

        page.WaitForAssertion(() => page.FindAll(".loading-rows").ShouldBeEmpty());
        page.FindAll(".empty-state, table").ShouldNotBeEmpty();
    }

    /// <summary>A database that answers when it is told to.</summary>
    private sealed class SlowConnections(StorageOptions options, Func<Task> ready) : DatabaseConnections(options)
    {
        public override async Task<DbConnection> OpenAsync(CancellationToken cancellation)
        {
            await ready();
            return await base.OpenAsync(cancellation);
        }
    }

    /// <inheritdoc cref="SlowConnections"/>
    private sealed class SlowContexts(IDbContextFactory<LlmConsoleDbContext> inner, Func<Task> ready) : IDbContextFactory<LlmConsoleDbContext>
    {
        public LlmConsoleDbContext CreateDbContext() => inner.CreateDbContext();

        public async Task<LlmConsoleDbContext> CreateDbContextAsync(CancellationToken cancellationToken = default)
        {
            await ready();
            return inner.CreateDbContext();
        }
    }
}
