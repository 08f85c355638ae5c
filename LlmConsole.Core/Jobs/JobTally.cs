using LlmConsole.Core.Chat;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Jobs;

/// <summary>Counts the requests of a job as they arrive, and what they may use together.</summary>
internal sealed class JobTally(Caller caller, DateTimeOffset now)
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private JobEstimate? _estimate = JobEstimate.None;

    public int Count { get; private set; }

    /// <summary>None when a pipeline doesn't say what it will call.</summary>
    public JobEstimate? Estimate => _estimate;

    /// <summary>Its place among the requests.</summary>
    /// <exception cref="RefusalException">There are too many, or its name stands twice.</exception>
    public int Add(JobLine line)
    {
        if (Count == JobOptions.MaxItems) throw JobDraft.Invalid("requests", FormattableString.Invariant($"A job has at most {JobOptions.MaxItems} requests. Submit several jobs."));
        if (!_names.Add(line.CustomId)) throw JobDraft.Invalid(FormattableString.Invariant($"requests[{Count}].custom_id"), $"custom_id must be unique within a job, and {line.CustomId} stands twice.");
        _estimate = line.Calls is not { } calls
            ? _estimate?.With(CallAdmission.Bound(caller, ChatRequest.Parse(line.Body), JobSpend.DefaultOutput, now))
            : calls.Count == 0 ? null : calls.Aggregate(_estimate, (sum, call) => sum?.With(CallAdmission.Bound(caller, call.Model, call.PromptTokens, call.OutputTokens, now), call.Times));
        return Count++;
    }

    /// <exception cref="RefusalException">There was none.</exception>
    public void End()
    {
        if (Count == 0) throw JobDraft.Invalid("requests", "A job needs at least one request.");
    }
}

/// <summary>Calls that a pipeline may make for a piece of work.</summary>
/// <param name="PromptTokens">Of each.</param>
/// <param name="OutputTokens">The most of each.</param>
public sealed record PipelineCalls(string Model, long PromptTokens, int OutputTokens, int Times = 1);
