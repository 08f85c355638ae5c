using System.IO.Hashing;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using LlmConsole.Core.Caching.Guards;

namespace LlmConsole.Core.Caching.Semantic;

/// <summary>
/// The embedder that needs nothing: words, pairs of neighbours and triples of letters, hashed with a sign into a vector. It finds rephrasings in
/// wording; of meaning it knows nothing.
/// </summary>
internal sealed class LexicalEmbedder : IEmbedder
{
    public const int Dimensions = 1024;
    private const float FillerWeight = 0.2f;
    private const float PairWeight = 0.4f;
    private const float TripleWeight = 0.25f;
    private const int Triple = 3;

    /// <summary>The number changes with every change of what is hashed.</summary>
    public string Id => "lexical-1";

    public PaidEmbedder? Paid => null;

    public ValueTask<EmbeddedText> EmbedAsync(string text, CancellationToken cancellation) => ValueTask.FromResult(new EmbeddedText(Embed(text), 0));

    public static float[]? Embed(string text)
    {
        var vector = new float[Dimensions];
        var previous = "";
        foreach (var token in PromptTokenizer.Read(text))
        {
            if (token.Kind == TokenKind.Break) continue;
            var word = token.Kind == TokenKind.Word ? Stem.Of(token.Text) : token.Text;
            var isFiller = token.Kind == TokenKind.Word && GuardWords.Fillers.Contains(token.Text);
            Add(vector, word, isFiller ? FillerWeight : 1);
            if (isFiller) continue;
            Add(vector, previous + " " + word, PairWeight);
            var padded = $"^{word}$";
            for (var i = 0; i + Triple <= padded.Length; i++) Add(vector, padded.AsSpan(i, Triple), TripleWeight);
            previous = word;
        }

        var length = TensorPrimitives.Norm<float>(vector);
        if (length == 0) return null;
        TensorPrimitives.Divide(vector, length, vector);
        return vector;
    }

    private static void Add(float[] vector, ReadOnlySpan<char> feature, float weight)
    {
        var hash = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(feature));
        vector[hash % Dimensions] += (hash >> 63) == 0 ? weight : -weight;
    }
}
