using LlmConsole.Core.Jobs.Pipelines;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Core.Jobs;

public static class JobsRegistration
{
    /// <summary>Background jobs. They stop before the road does.</summary>
    public static IServiceCollection AddJobs(this IServiceCollection services, JobOptions options) => services
        .AddSingleton(options)
        .AddSingleton<JobBell>()
        .AddSingleton<JobIntake>()
        .AddSingleton<JobEvents>()
        .AddSingleton(provider => new JobStore(
            provider.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>(), provider.GetRequiredService<JobBell>(), provider.GetRequiredService<JobEvents>(), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<JobBoard>()
        .AddSingleton<JobDesk>()
        .AddSingleton<JobClaims>()
        .AddSingleton<JobCalls>()
        .AddSingleton<JobItemRunner>()
        .AddSingleton<PipelineRegistry>()
        .AddPipeline<SummaryPipeline>()
        .AddPipeline<ExtractPipeline>()
        .AddSingleton<StepStore>()
        .AddSingleton<PipelineRunner>()
        .AddSingleton<JobRuns>()
        .AddSingleton<JobCleaning>()
        .AddSingleton<JobUpkeep>()
        .AddSingleton<JobRunner>()
        .AddHostedService(provider => provider.GetRequiredService<JobRunner>());
}
