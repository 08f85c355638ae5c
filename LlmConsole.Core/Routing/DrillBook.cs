using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;

namespace LlmConsole.Core.Routing;

/// <summary>Starts, stops and remembers fire drills of this instance. A drill ends by itself.</summary>
public sealed class DrillBook(HealthOptions options, ConfigurationEditor editor, ConfigurationStore store, TimeProvider time)
{
    public const int MaxMinutes = 240;
    private const int MaxRunning = 10;
    private const int MaxKept = 100;
    private const int Percent = 100;

    private readonly Lock _lock = new();
    private Drill[] _drills = [];
    private Drill[] _running = [];

    /// <summary>Newest first.</summary>
    public IReadOnlyList<Drill> All => Volatile.Read(ref _drills);

    public Drill? Find(string id) => Array.Find(Volatile.Read(ref _drills), drill => drill.Id == id);

    /// <exception cref="ConfigurationInvalidException">The plan can't be carried out; it names every problem.</exception>
    public async Task<Drill> StartAsync(Actor actor, DrillPlan plan, CancellationToken cancellation)
    {
        var problems = Check(plan);
        if (problems.Count > 0) throw new ConfigurationInvalidException(problems);
        var drill = new Drill(Ids.New("drl", time), plan, actor, time.GetUtcNow(), key => new TargetHealth(key, options, time));

        // Before it begins: an unrecorded drill must not be possible.
        await editor.AuditAsync(actor, "drill.start", "drill", drill.Id, Name(plan), null, plan, cancellation);
        lock (_lock)
        {
            Volatile.Write(ref _drills, [drill, .. _drills.Take(MaxKept - 1)]);
            Volatile.Write(ref _running, [.. Running(), drill]);
        }

        return drill;
    }

    /// <summary>Ends a drill now; one that has ended already stays as it is.</summary>
    public async Task StopAsync(Actor actor, Drill drill, CancellationToken cancellation)
    {
        if (!drill.IsRunning(time.GetUtcNow())) return;
        lock (_lock)
        {
            drill.Stop(time.GetUtcNow());
            Volatile.Write(ref _running, Running());
        }

        await editor.AuditAsync(actor, "drill.stop", "drill", drill.Id, Name(drill.Plan), drill.Plan, drill.Report, cancellation);
    }

    /// <summary>The drill that spoils this target for this call, if any. A call is drilled or not as a whole.</summary>
    internal Drill? Of(Route route, Candidate candidate)
    {
        var running = Volatile.Read(ref _running);
        if (running.Length == 0) return null;
        foreach (var drill in running)
        {
            if (drill.IsRunning(time.GetUtcNow()) && drill.Concerns(route, candidate) && route.DrillTicket < drill.Plan.SharePercent) return drill;
        }

        return null;
    }

    /// <summary>The call has ended: tells the drills that met it.</summary>
    /// <param name="isAnswered">Whether the caller got a whole answer.</param>
    /// <param name="cost">What the call cost, losses included.</param>
    /// <param name="costBy">What its answer would have cost by another model's price.</param>
    internal static void Ended(Route route, bool isAnswered, Usd cost, Func<Model, Usd> costBy)
    {
        var attempts = route.Attempts;
        for (var i = 0; i < attempts.Count; i++)
        {
            if (attempts[i].Drill is not { } drill || attempts.Take(i).Any(earlier => earlier.Drill == drill)) continue;
            var ownAttempts = attempts.Where(attempt => attempt.Drill == drill).ToList();
            var served = isAnswered && attempts[^1].Drill == drill ? attempts[^1] : null;
            var lost = ownAttempts.Aggregate(TimeSpan.Zero, (sum, attempt) => sum + (attempt == served ? InjectedFault.Delay : attempt.Duration(route.Deadline.Elapsed)));
            drill.Add(new DrillReport(
                1, isAnswered && served is null ? 1 : 0, served is null ? 0 : 1, isAnswered ? 0 : 1, lost, isAnswered ? cost - costBy(ownAttempts[0].Candidate.Model) : cost));
        }
    }

    private Drill[] Running() => [.. _running.Where(drill => drill.IsRunning(time.GetUtcNow()))];

    private List<Problem> Check(DrillPlan plan)
    {
        var (snapshot, problems) = (store.Current, new List<Problem>());
        if (plan.ModelId is null && plan.ProviderId is null) problems.Add(new("model", "Name the model or the provider that shall misbehave."));
        if (plan.ModelId is { } model && !snapshot.Models.ContainsKey(model)) problems.Add(new("model", "There is no such model. Choose one that exists."));
        if (plan.ProviderId is { } provider && !snapshot.Providers.ContainsKey(provider)) problems.Add(new("provider", "There is no such provider. Choose one that exists."));
        if (plan.TenantId is { } tenant && !snapshot.Tenants.ContainsKey(tenant)) problems.Add(new("tenant", "There is no such tenant. Choose one that exists."));
        if (plan.Minutes is < 1 or > MaxMinutes) problems.Add(new("minutes", $"Must be between 1 and {MaxMinutes}."));
        if (plan.SharePercent is < 1 or > Percent) problems.Add(new("share", $"Must be between 1 and {Percent} percent."));
        if (problems.Count == 0 && Running().Length >= MaxRunning) problems.Add(new("", $"{MaxRunning} drills are running already. Stop one first."));
        return problems;
    }

    private string Name(DrillPlan plan)
    {
        var snapshot = store.Current;
        var names = new[] { plan.ModelId is { } model ? snapshot.Models.GetValueOrDefault(model)?.Name ?? model : null, plan.ProviderId is { } provider ? snapshot.Providers.GetValueOrDefault(provider)?.Name ?? provider : null };
        return $"{string.Join(" by ", names.OfType<string>())}: {plan.Fault.ToString().ToLowerInvariant()}";
    }
}
