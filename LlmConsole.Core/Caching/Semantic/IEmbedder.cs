namespace LlmConsole.Core.Caching.Semantic;

/// <summary>Turns a message into a vector of length one, so that the dot product of two is their cosine.</summary>
public interface IEmbedder
{
    /// <summary>Names the vectors: those of different embedders are never compared.</summary>
    string Id { get; }

    /// <summary>The provider that is asked and paid; none where the embedder is in the process.</summary>
    PaidEmbedder? Paid { get; }

    ValueTask<EmbeddedText> EmbedAsync(string text, CancellationToken cancellation);
}

/// <summary>Who is paid for vectors.</summary>
/// <param name="Model">As the provider knows it.</param>
public sealed record PaidEmbedder(string ProviderId, string Model);

/// <summary>What came of a text.</summary>
/// <param name="Vector">None when the text says nothing, or when the embedder is slow or down.</param>
/// <param name="Tokens">What the embedder took for it; none when it didn't say.</param>
public readonly record struct EmbeddedText(float[]? Vector, long? Tokens);
