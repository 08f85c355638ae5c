using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Routing;

/// <summary>One time that a target is asked, from the question to the end of its answer.</summary>
internal sealed class Attempt(Candidate candidate, HealthPass pass, TimeSpan start, Drill? drill)
{
    private TimeSpan? _end;

    public Candidate Candidate => candidate;

    public HealthPass Pass => pass;

    /// <summary>The fire drill that spoils it, if any.</summary>
    public Drill? Drill => drill;

    /// <summary>After the call's arrival.</summary>
    public TimeSpan Start => start;

    /// <summary>Its answer is being delivered.</summary>
    public bool HasBegun { get; set; }

    /// <summary>What it used, once known.</summary>
    public TokenUsage? Usage { get; set; }

    /// <summary>Why it was of no use; none while it is, or was.</summary>
    public string? Error { get; private set; }

    /// <summary>It ended without being of use, for this reason.</summary>
    public void Failed(TimeSpan at, string error)
    {
        _end ??= at;
        Error ??= error;
    }

    public TimeSpan Duration(TimeSpan now) => (_end ?? now) - start;

    public AttemptEntry ToEntry(TimeSpan now) => new(
        candidate.Provider.Id, candidate.ProviderModel, (int)start.TotalMilliseconds, (int)Duration(now).TotalMilliseconds, Error,
        Usage is { } usage ? usage.Total - usage.Output : null, Usage?.Output, drill?.Id);
}
