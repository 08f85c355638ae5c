using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Jobs;

/// <summary>Runs jobs in this process: claims what may be run, shows that it lives, and lets go what was cancelled or taken over.</summary>
internal sealed partial class JobRunner(JobClaims claims, JobRuns runs, JobUpkeep upkeep, JobBell bell, TimeProvider time, ILogger<JobRunner> log) : BackgroundService, IHostedLifecycleService
{
    private const int MostJobs = 32;
    private const int MostJobsOfTenant = 4;

    /// <summary>Also the time until a cancellation on another instance is seen here.</summary>
    internal static readonly TimeSpan Beat = TimeSpan.FromSeconds(2);

    /// <summary>How long calls under way may go on when the process stops.</summary>
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(10);

    /// <summary>In beats.</summary>
    private const int CleanEvery = 30;

    private readonly ConcurrentDictionary<string, (JobRun Run, Task Running)> _running = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _handBack = new();
    private int _beats;
    private volatile bool _isDisposed;

    /// <summary>Jobs are handed back as soon as the process is told to stop, while calls of people still go on.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        // A host that is stopped and disposed of by two at once may come here late.
        return _isDisposed ? Task.CompletedTask : _handBack.CancelAsync();
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Dispose()
    {
        _isDisposed = true;
        _handBack.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, _handBack.Token);
        var stopping = either.Token;
        bell.Stopped += Stop;
        await TryAsync(() => upkeep.RecoverAsync(stopping));
        while (!stopping.IsCancellationRequested)
        {
            await TryAsync(() => BeatAsync(stopping));
            await WaitAsync(stopping);
        }

        using var drained = new CancellationTokenSource(Drain, time);
        await using var hurry = drained.Token.Register(() =>
        {
            foreach (var (run, _) in _running.Values) run.Lose();
        });
        await Task.WhenAll(_running.Values.Select(entry => entry.Running));
        bell.Stopped -= Stop;
    }

    private async Task BeatAsync(CancellationToken stopping)
    {
        foreach (var (run, _) in _running.Values)
        {
            if (!await claims.RenewAsync(run.Claim, stopping)) run.Lose();
        }

        await upkeep.ExpireAsync(stopping);
        if (_beats++ % CleanEvery == 0) await upkeep.CleanAsync(stopping);
        while (_running.Count < MostJobs && await claims.ClaimAsync(BusyTenants(), stopping) is { } claim) Start(claim, stopping);
    }

    private string[] BusyTenants() =>
        [.. _running.Values.GroupBy(entry => entry.Run.Claim.TenantId).Where(tenant => tenant.Count() >= MostJobsOfTenant).Select(tenant => tenant.Key)];

    private void Start(Job claim, CancellationToken stopping)
    {
        var run = runs.Create(claim);
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running[claim.Id] = (run, RunAsync(run, begin.Task, stopping));
        begin.SetResult();
    }

    private async Task RunAsync(JobRun run, Task begin, CancellationToken stopping)
    {
        await begin;
        Claimed(run.Claim.Id, run.Claim.Fence);
        try
        {
            await run.RunAsync(stopping);
        }
        catch (Exception e)
        {
            // Its claim lapses, and whoever claims it next goes on where it stands in the database.
            Broke(run.Claim.Id, e);
        }
        finally
        {
            _running.TryRemove(run.Claim.Id, out _);
            run.Dispose();
            bell.Ring();
        }
    }

    private void Stop(string jobId)
    {
        if (_running.TryGetValue(jobId, out var entry)) entry.Run.Lose();
    }

    private async Task WaitAsync(CancellationToken stopping)
    {
        using var beat = new CancellationTokenSource(Beat, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(beat.Token, stopping);
        try
        {
            await bell.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // Time for the next beat, or to stop.
        }
    }

    private async Task TryAsync(Func<Task> beat)
    {
        try
        {
            await beat();
        }
        catch (Exception e)
        {
            // Whatever it is, calls of people go on.
            Failed(e);
        }
    }

    [LoggerMessage(LogLevel.Information, "{JobId} runs here (claim {Fence})")]
    private partial void Claimed(string jobId, long fence);

    [LoggerMessage(LogLevel.Error, "{JobId} broke off; it is taken up again where it stands")]
    private partial void Broke(string jobId, Exception error);

    [LoggerMessage(LogLevel.Warning, "Looking after jobs failed; it is tried again")]
    private partial void Failed(Exception error);
}
