using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Routing;

/// <summary>The order in which targets are asked: those of the model, drawn by weight, then those of its fallback models.</summary>
internal static class Candidates
{
    public static IEnumerable<Candidate> For(ConfigurationSnapshot snapshot, Model model, string asked, Random chance)
    {
        foreach (var candidate in Drawn(snapshot, model, asked, chance)) yield return candidate;
        foreach (var name in model.Fallbacks)
        {
            if (snapshot.FindModel(name) is not { } fallback) continue;
            foreach (var candidate in Drawn(snapshot, fallback, name, chance)) yield return candidate;
        }
    }

    private static IEnumerable<Candidate> Drawn(ConfigurationSnapshot snapshot, Model model, string asked, Random chance)
    {
        if (model.Targets.Count == 1)
        {
            yield return Candidate(snapshot, model, model.Targets[0], asked);
            yield break;
        }

        var left = model.Targets.ToList();
        while (left.Count > 0)
        {
            var ticket = chance.NextInt64(left.Sum(target => (long)target.Weight));
            var drawn = left.First(target => (ticket -= target.Weight) < 0);
            left.Remove(drawn);
            yield return Candidate(snapshot, model, drawn, asked);
        }
    }

    private static Candidate Candidate(ConfigurationSnapshot snapshot, Model model, ModelTarget target, string asked) =>
        new(model, snapshot.Providers[target.ProviderId], target.Model == "*" ? asked : target.Model);
}
