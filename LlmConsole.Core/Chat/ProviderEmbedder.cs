using System.Numerics.Tensors;
using LlmConsole.Core.Caching.Semantic;
using Microsoft.Extensions.AI;

namespace LlmConsole.Core.Chat;

/// <summary>Embeds with a provider's model, through Semantic Kernel's connector.</summary>
internal sealed class ProviderEmbedder(string id, PaidEmbedder paid, IEmbeddingGenerator<string, Embedding<float>> generator) : IEmbedder
{
    /// <summary>Twice as many as the largest embedders give: what the index holds is bounded by count.</summary>
    internal const int MaxDimensions = 8_192;

    public string Id => id;

    public PaidEmbedder Paid => paid;

    public async ValueTask<EmbeddedText> EmbedAsync(string text, CancellationToken cancellation)
    {
        var embedded = await generator.GenerateAsync([text], cancellationToken: cancellation);
        var tokens = embedded.Usage?.InputTokenCount ?? embedded.Usage?.TotalTokenCount;
        var vector = embedded[0].Vector.ToArray();
        var length = TensorPrimitives.Norm<float>(vector);

        // Nothing, something that is no number, or more than a float holds: no direction that could be compared.
        if (length == 0 || !float.IsFinite(length) || vector.Length > MaxDimensions) return new EmbeddedText(null, tokens);
        TensorPrimitives.Divide(vector, length, vector);
        return new EmbeddedText(vector, tokens);
    }
}
