using System.IO.Hashing;
using System.Text;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Routing;

/// <summary>One place that may be asked.</summary>
internal sealed class Candidate(Model model, Provider provider, ModelTarget target, string providerModel)
{
    public Model Model => model;

    public Provider Provider => provider;

    public ModelTarget Target => target;

    /// <summary>The name that the provider knows the model by.</summary>
    public string ProviderModel => providerModel;

    public TargetKey Key => new(target.ProviderId, target.Model);
}

/// <summary>
/// The order in which a model's targets are asked: group by group, within a group drawn by weight. A target that is much slower than the fastest
/// of its group is drawn less often; drained ones never.
/// </summary>
internal sealed class Candidates(ConfigurationSnapshot snapshot, HealthBook health, string? stickyKey, Random chance)
{
    /// <summary>Up to twice the fastest time to the first token, the weights alone decide.</summary>
    private const double ToleratedSlowness = 2;
    private const double LeastShare = 0.1;

    public IEnumerable<Candidate> Of(Model model, string asked)
    {
        if (model.Targets is [var only])
        {
            if (!only.Drained) yield return Candidate(model, only, asked);
            yield break;
        }

        foreach (var group in model.Targets.Where(target => !target.Drained).GroupBy(target => target.Group).OrderBy(group => group.Key))
        {
            var targets = group.ToList();
            var shares = Shares(targets);
            while (targets.Count > 0)
            {
                var drawn = targets.Count == 1 ? 0 : model.Resilience.Sticky == Stickiness.User && stickyKey is not null ? Hashed(targets) : Drawn(shares);
                yield return Candidate(model, targets[drawn], asked);
                targets.RemoveAt(drawn);
                shares.RemoveAt(drawn);
            }
        }
    }

    private List<double> Shares(List<ModelTarget> targets)
    {
        var latencies = targets.ConvertAll(target => health.LatencyOf(new TargetKey(target.ProviderId, target.Model)));
        var fastest = latencies.Min() ?? 0;
        return [.. targets.Zip(latencies, (target, latency) => target.Weight * (latency is { } own && own > fastest * ToleratedSlowness ? Math.Max(LeastShare, fastest * ToleratedSlowness / own) : 1))];
    }

    private int Drawn(List<double> shares)
    {
        var ticket = chance.NextDouble() * shares.Sum();
        for (var i = 0; i < shares.Count - 1; i++)
        {
            if ((ticket -= shares[i]) < 0) return i;
        }

        return shares.Count - 1;
    }

    /// <summary>By weighted rendezvous: the same user meets the same target, and when one goes away only its users move.</summary>
    private int Hashed(List<ModelTarget> targets)
    {
        var (best, highest) = (0, double.NegativeInfinity);
        for (var i = 0; i < targets.Count; i++)
        {
            var hash = XxHash64.HashToUInt64(Encoding.UTF8.GetBytes($"{stickyKey}\n{targets[i].ProviderId}\n{targets[i].Model}"));
            var score = -targets[i].Weight / Math.Log(((hash >> 11) + 1) / (double)(1UL << 53));
            if (score > highest) (best, highest) = (i, score);
        }

        return best;
    }

    private Candidate Candidate(Model model, ModelTarget target, string asked) => new(model, snapshot.Providers[target.ProviderId], target, target.Model == "*" ? asked : target.Model);
}
