using System.Text.Json;
using LlmConsole.Core.Caching.Guards;
using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Caching.Pairs;

/// <summary>Two messages, and whether the answer to one may be given for the other.</summary>
/// <param name="Kind">What makes them different; empty for a pair that should hit.</param>
internal sealed record LabelledPair(string One, string Other, string Kind)
{
    public bool ShouldHit => Kind.Length == 0;

    public double Similarity { get; } = Cosine(One, Other);

    public string? Veto { get; } = Guard.Veto(PromptFacts.Read(One), PromptFacts.Read(Other), isLexical: true);

    public bool Hits(double threshold) => Similarity >= threshold && Veto is null;

    /// <summary>The labelled set: written by hand, with rephrasings that only a mind would find among those that should hit.</summary>
    public static IReadOnlyList<LabelledPair> All { get; } = [.. Read()];

    private static IEnumerable<LabelledPair> Read()
    {
        using var set = JsonDocument.Parse(File.ReadAllText(Path.Combine(RepositoryFiles.Root, "LlmConsole.Tests", "Caching", "Pairs", "labelled.json")));
        foreach (var group in set.RootElement.EnumerateArray())
        {
            var one = group.GetProperty("a").GetString()!;
            foreach (var same in group.GetProperty("same").EnumerateArray()) yield return new LabelledPair(one, same.GetString()!, "");
            foreach (var other in group.GetProperty("other").EnumerateArray()) yield return new LabelledPair(one, other[1].GetString()!, other[0].GetString()!);
        }
    }

    private static double Cosine(string one, string other) =>
        System.Numerics.Tensors.TensorPrimitives.Dot<float>(LexicalEmbedder.Embed(one), LexicalEmbedder.Embed(other));
}
