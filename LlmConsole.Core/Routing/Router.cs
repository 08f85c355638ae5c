using LlmConsole.Core.Telemetry;
using LlmConsole.Core.Wire;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Routing;

/// <summary>Finds a target that answers. Until enough of an answer has been looked at, a failure only means that the next target is asked.</summary>
public sealed partial class Router
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(200);

    /// <summary>A target that wants to be left alone for longer isn't waited for within a call.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(3);

    /// <summary>A timer may ring this much early.</summary>
    private static readonly TimeSpan TimerGrain = TimeSpan.FromMilliseconds(20);

    private readonly TargetCalls _targets;
    private readonly HealthBook _health;
    private readonly DrillBook _drills;
    private readonly ILogger<Router> _log;
    private readonly Random _chance = Random.Shared;

    internal Router(TargetCalls targets, HealthBook health, DrillBook drills, ILogger<Router> log) => (_targets, _health, _drills, _log) = (targets, health, drills, log);

    /// <summary>
    /// Asks one target after the other until one begins an answer; when every one was asked, those again that failed in passing, as far as the model
    /// and the target's traffic afford. Asked once more for the same route, it goes on where it stopped.
    /// </summary>
    /// <exception cref="RefusalException">None did; the refusal tells of the last failure, or of the one that is the request's own fault.</exception>
    public async Task<RoutedAnswer> AskAsync(Route route)
    {
        var candidates = new Candidates(route.Snapshot, _health, route.StickyKey, _chance);
        AttemptFailure? failure = null;
        Candidate? failed = null;
        TimeSpan? soonest = null;
        while (route.Next(candidates) is { } candidate)
        {
            if (failure?.Kind == FailureKind.Request && (!route.Model.Resilience.ContextFallback || failure.Error != ErrorCode.ContextLengthExceeded)) break;
            if (failure?.Kind == FailureKind.Request && candidate.Model == failed!.Model) continue;
            if (route.AttemptCount > 0 && !route.Deadline.TryRestart()) break;
            var (answer, again, pause) = await TryAsync(route, candidate);
            if (answer is not null) return answer;
            if (pause is not null) soonest = soonest < pause ? soonest : pause;
            else (failure, failed) = (again, candidate);
        }

        return failure?.Kind == FailureKind.Request ? throw failure.ToRefusal() : await RetryAsync(route, failure, soonest);
    }

    private async Task<RoutedAnswer> RetryAsync(Route route, AttemptFailure? failure, TimeSpan? soonest)
    {
        while (route.Retries < route.Model.Resilience.Retries && Again(route) is var (candidate, pause))
        {
            var health = HealthOf(route, candidate);
            var wait = FirstBackoff * Math.Pow(2, route.Retries) * (0.5 + _chance.NextDouble());
            if (pause > wait) wait = pause + TimerGrain;
            if (!health.Retries.TryTake() || !await route.Deadline.TryWaitAsync(wait)) break;
            route.Retries++;
            RoutingMetrics.Retried(candidate.Provider.Name, candidate.Target.Model);
            var (answer, again, closed) = await TryAsync(route, candidate, isRetry: true);
            if (answer is not null) return answer;
            if (closed is not null) soonest = soonest < closed ? soonest : closed;
            failure = again ?? failure;
            if (failure?.Kind == FailureKind.Request) break;
        }

        failure ??= AttemptFailure.Unavailable(route.Model, soonest);
        if (failure.Error != ErrorCode.Overloaded) throw failure.ToRefusal();

        // Callers needn't wait for longer than the target is left alone here.
        var advice = failure.RetryAfter ?? soonest ?? SparedFor(route) ?? TimeSpan.FromSeconds(1);
        throw (failure with { RetryAfter = advice < _health.LongestCoolDown ? advice : _health.LongestCoolDown }).ToRefusal();
    }

    /// <summary>How long one of those that were asked is left alone still; none when none is.</summary>
    private TimeSpan? SparedFor(Route route) => route.Attempts.Select(attempt => HealthOf(route, attempt.Candidate).Pause()).Min();

    /// <summary>The first target that may be asked again soon.</summary>
    private (Candidate Candidate, TimeSpan Pause)? Again(Route route)
    {
        foreach (var candidate in route.Again())
        {
            var pause = HealthOf(route, candidate).Pause() ?? TimeSpan.Zero;
            if (pause <= LongestWait) return (candidate, pause);
        }

        return null;
    }

    private TargetHealth HealthOf(Route route, Candidate candidate) => _drills.Of(route, candidate)?.HealthOf(candidate.Key) ?? _health.Of(candidate.Key);

    /// <summary>An answer, a failure, or how long the target must be left alone.</summary>
    private async Task<(RoutedAnswer? Answer, AttemptFailure? Failure, TimeSpan? Pause)> TryAsync(Route route, Candidate candidate, bool isRetry = false)
    {
        var drill = _drills.Of(route, candidate);
        var health = drill?.HealthOf(candidate.Key) ?? _health.Of(candidate.Key);
        if (health.Enter() is not { } pass) return (null, null, health.Pause() ?? TimeSpan.FromSeconds(1));
        if (!isRetry) health.Retries.Called();
        var attempt = new Attempt(candidate, pass, route.Deadline.Elapsed, drill);
        route.Began(attempt);
        try
        {
            var (answer, failure) = await _targets.AskAsync(route, attempt);
            if (failure is null) Begun(route, attempt);
            else Failed(route, attempt, failure);
            return (answer, failure, null);
        }
        finally
        {
            // Without an answer it was told already, or the caller left.
            if (!attempt.HasBegun) pass.Abandoned();
        }
    }

    private static void Begun(Route route, Attempt attempt)
    {
        attempt.HasBegun = true;
        if (route.Request.Stream) attempt.Pass.Began(route.Deadline.Elapsed - attempt.Start);
        else attempt.Pass.Succeeded();
        RoutingMetrics.Attempted(attempt.Candidate.Provider.Name, attempt.Candidate.Target.Model, "ok");
    }

    private void Failed(Route route, Attempt attempt, AttemptFailure failure)
    {
        var (candidate, pass) = (attempt.Candidate, attempt.Pass);
        attempt.Failed(route.Deadline.Elapsed, failure.Error.Code);
        RoutingMetrics.Attempted(candidate.Provider.Name, candidate.Target.Model, failure.Error.Code);

        // A provider's own words about a request may quote the prompt: they are for whoever sent it, not for the log.
        AttemptFailed(_log, candidate.Provider.Name, candidate.ProviderModel, failure.Error.Code, failure.Kind == FailureKind.Request ? "it refused the request" : failure.Message);
        if (failure.Kind is FailureKind.Silence or FailureKind.Lasting) route.Bar(candidate);
        if (failure.Kind == FailureKind.Throttling) pass.Throttled(failure.RetryAfter, failure.Message);
        else if (failure.Kind == FailureKind.Request) Excused(pass);
        else if (failure.Kind != FailureKind.Silence || route.Deadline.IsTargetsOwn) pass.Failed(failure.Message);
    }

    /// <summary>The request's own fault says nothing of the target, except that it is there: enough for one that was being probed.</summary>
    private static void Excused(HealthPass pass)
    {
        if (pass.IsProbe) pass.Succeeded();
        else pass.Abandoned();
    }

    [LoggerMessage(LogLevel.Warning, "Asking {Provider} for {Model} failed with {Code}: {Reason}")]
    private static partial void AttemptFailed(ILogger log, string provider, string model, string code, string reason);
}
