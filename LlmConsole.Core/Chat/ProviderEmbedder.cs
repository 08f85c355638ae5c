using System.Numerics.Tensors;
using LlmConsole.Core.Caching.Semantic;
using Microsoft.Extensions.AI;

namespace LlmConsole.Core.Chat;

/// <summary>Embeds with a provider's model, through Semantic Kernel's connector.</summary>
internal sealed class ProviderEmbedder(string id, PaidEmbedder paid, IEmbeddingGenerator<string, Embedding<float>> generator) : IEmbedder
{
    public string Id => id;

    public PaidEmbedder Paid => paid;

    public async ValueTask<EmbeddedText> EmbedAsync(string text, CancellationToken cancellation)
    {
        var embedded = await generator.GenerateAsync([text], cancellationToken: cancellation);
        var tokens = embedded.Usage?.InputTokenCount ?? embedded.Usage?.TotalTokenCount;
        var vector = embedded[0].Vector.ToArray();
        var length = TensorPrimitives.Norm<float>(vector);
        if (length == 0) return new EmbeddedText(null, tokens);
        TensorPrimitives.Divide(vector, length, vector);
        return new EmbeddedText(vector, tokens);
    }
}
