using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Routing;

/// <summary>One call's way over the targets: who may be asked still, who was asked, and how that went.</summary>
public sealed class Route
{
    private readonly List<Attempt> _attempts = new(1);
    private readonly HashSet<Candidate> _barred = [];
    private IEnumerator<Candidate>? _untried;

    public required ConfigurationSnapshot Snapshot { get; init; }

    /// <summary>The model that was asked for.</summary>
    public required Model Model { get; init; }
    public required ChatRequest Request { get; init; }

    /// <summary>The output tokens per choice to ask for, where that differs from what the request says.</summary>
    public int? OutputCap { get; init; }
    public required CallDeadline Deadline { get; init; }
    public required string TenantId { get; init; }

    /// <summary>What calls of the same user have in common.</summary>
    public string? StickyKey { get; init; }

    /// <summary>Nobody reads the answer as it comes: it is kept as a result.</summary>
    public bool IsUnattended { get; init; }

    /// <summary>How often a target was asked.</summary>
    public int AttemptCount => _attempts.Count;

    internal IReadOnlyList<Attempt> Attempts => _attempts;

    /// <summary>0 to 99: a drill of so many percent of the calls takes those below.</summary>
    internal int DrillTicket { get; } = Random.Shared.Next(100);

    /// <summary>Retries that the call has made.</summary>
    internal int Retries { get; set; }

    /// <summary>Text that was delivered already, from which a target that can shall go on.</summary>
    internal string? Prefill { get; set; }

    /// <summary>Output tokens that were delivered already: a target that goes on may say so many fewer.</summary>
    internal long Delivered { get; set; }

    /// <summary>Only targets of the model that began may be asked: the answer's head names it.</summary>
    internal bool StaysOnModel { get; set; }

    /// <summary>The attempts for the books.</summary>
    public IReadOnlyList<AttemptEntry> Log() => _attempts.ConvertAll(attempt => attempt.ToEntry(Deadline.Elapsed));

    /// <summary>The next target that wasn't asked yet.</summary>
    internal Candidate? Next(Candidates candidates)
    {
        _untried ??= All(candidates).GetEnumerator();
        while (_untried.MoveNext())
        {
            if (!StaysOnModel || _untried.Current.Model == Model) return _untried.Current;
        }

        return null;
    }

    /// <summary>The targets that may be asked again, in the order in which they were asked.</summary>
    internal IEnumerable<Candidate> Again() =>
        _attempts.Select(attempt => attempt.Candidate).Distinct().Where(candidate => !_barred.Contains(candidate) && (!StaysOnModel || candidate.Model == Model));

    internal void Began(Attempt attempt) => _attempts.Add(attempt);

    /// <summary>Asking it again can't help.</summary>
    internal void Bar(Candidate candidate) => _barred.Add(candidate);

    private IEnumerable<Candidate> All(Candidates candidates)
    {
        foreach (var candidate in candidates.Of(Model, Request.Model)) yield return candidate;
        foreach (var name in Model.Fallbacks)
        {
            if (Snapshot.FindModel(name) is not { } fallback) continue;
            foreach (var candidate in candidates.Of(fallback, name)) yield return candidate;
        }
    }
}
