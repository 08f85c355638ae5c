using System.Globalization;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Jobs;

namespace LlmConsole.Components.Console.Jobs;

/// <summary>Jobs as people read of them.</summary>
internal static class JobWords
{
    /// <summary>The states that people see, in the order in which jobs pass through them.</summary>
    public static readonly JobState[] States = [JobState.Queued, JobState.Running, JobState.Succeeded, JobState.Failed, JobState.Cancelled, JobState.Expired];

    public static string Url(Job job) => $"/admin/jobs/{job.Id}";

    /// <summary>Its label, or where it has none its id.</summary>
    public static string Name(Job job) => job.Task ?? Display.ShortId(job.Id);

    public static string Type(Job job) => job.Pipeline ?? job.Type.ToString().ToLowerInvariant();

    /// <summary><c>97 %</c>, and never 100 while something is left.</summary>
    public static string Share(Job job) =>
        job.Total == 0 ? "–" : Display.Percent(job.Done == job.Total ? 100 : Math.Min(99, 100L * job.Done / job.Total));

    /// <summary>How long it still takes, or took, or waits.</summary>
    public static string Time(Job job, DateTimeOffset now) => job.State switch
    {
        JobState.Running => job.Eta(now) is { } left ? $"{Length(left)} left" : "under way",
        JobState.Queued => job.NotBefore > now ? $"limit reached, goes on {Display.Relative(job.NotBefore, now)}" : "waiting",
        _ => job is { StartedAt: { } start, EndedAt: { } end } ? Length(end - start) : "–",
    };

    public static string Length(TimeSpan span) => Display.Whole(span switch
    {
        { TotalHours: >= 48 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalDays:0.#} days"),
        { TotalMinutes: >= 10 and < 60 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:0} min"),
        { TotalMinutes: >= 60 } => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours} h {span.Minutes} min"),
        _ => Display.Duration(span.TotalMilliseconds),
    });

    /// <summary><c>1 job</c>, <c>1,200 jobs</c>.</summary>
    public static string Count(long jobs) => jobs == 1 ? "1 job" : $"{Display.Exact(jobs)} jobs";

    /// <summary>Whether there is something left to do it with.</summary>
    public static bool Can(JobAct act, Job job) => act == JobAct.Cancel ? !job.IsOver : job.IsOver && job.Succeeded < job.Total;

    /// <summary>Whether jobs in a state can have it done with them; those that succeeded, where some of their requests failed.</summary>
    public static bool Can(JobAct act, JobState state) => act == JobAct.Cancel == state is JobState.Queued or JobState.Running;
}
