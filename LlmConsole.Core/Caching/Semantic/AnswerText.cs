using System.Numerics.Tensors;
using System.Text.Json;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Caching.Semantic;

/// <summary>The text of completions, to be compared.</summary>
internal static class AnswerText
{
    private const int Longest = 4_000;

    public static string Of(ReadOnlyMemory<byte> completion)
    {
        using var document = JsonDocument.Parse(completion);
        var message = document.RootElement.GetProperty("choices")[0].GetProperty("message");
        var text = message.Text("content") ?? "";
        return text.Length <= Longest ? text : text[..Longest];
    }

    /// <summary>Their cosine by the lexical embedder; 1 for the same text.</summary>
    public static double Similarity(string one, string other)
    {
        if (one == other) return 1;
        return LexicalEmbedder.Embed(one) is { } a && LexicalEmbedder.Embed(other) is { } b ? TensorPrimitives.Dot<float>(a, b) : 0;
    }
}
