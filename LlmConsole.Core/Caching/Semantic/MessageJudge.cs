using LlmConsole.Core.Caching.Guards;
using LlmConsole.Core.Telemetry;

namespace LlmConsole.Core.Caching.Semantic;

/// <summary>Says which of the messages near another may answer it: near enough, held back by no guard, and their answer still there.</summary>
internal sealed class MessageJudge(AnswerCache answers, PromptFacts facts, double threshold, bool isLexical)
{
    /// <summary>The nearest that may; else the nearest at all, with what stands against it. None without candidates.</summary>
    /// <param name="near">The nearest first.</param>
    public async ValueTask<SemanticMatch?> BestAsync(IReadOnlyList<Neighbour> near, CancellationToken cancellation)
    {
        SemanticMatch? nearest = null;
        foreach (var (message, similarity) in near)
        {
            if (similarity < threshold && nearest is not null) break;
            var veto = Guard.Veto(facts, PromptFacts.Read(message.Text), isLexical);
            if (similarity >= threshold && veto is not null) CacheMetrics.Vetoed(veto);
            if (similarity >= threshold && veto is null && await answers.GetAsync(message.Answer, cancellation) is { } answer) return new SemanticMatch(message, similarity, null, answer);
            nearest ??= new SemanticMatch(message, similarity, veto, null);
        }

        return nearest;
    }
}
