using System.ClientModel;
using System.ClientModel.Primitives;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using OpenAI;

namespace LlmConsole.Core.Chat;

/// <summary>The embedder that a policy names. Those of providers are made once for each provider as it is configured.</summary>
internal sealed class Embedders(Upstream upstream, CachingOptions options)
{
    /// <summary>How long an embedder may go on that nobody waits for any more, so that its connection can be used again; each time one is kept meanwhile.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly LexicalEmbedder _lexical = new();
    private readonly ConditionalWeakTable<Provider, ConcurrentDictionary<string, IEmbedder?>> _ofProviders = [];

    /// <summary>None when the policy names a provider that is gone, or whose credential can't be read.</summary>
    public IEmbedder? Find(SemanticCachePolicy policy, ConfigurationSnapshot snapshot)
    {
        if (policy.Embedder == SemanticCachePolicy.LexicalEmbedder) return _lexical;
        var slash = policy.Embedder.IndexOf('/', StringComparison.Ordinal);
        var (name, model) = (policy.Embedder[..slash], policy.Embedder[(slash + 1)..]);
        foreach (var provider in snapshot.Providers.Values)
        {
            if (provider.Name == name) return _ofProviders.GetOrCreateValue(provider).GetOrAdd(model, static (model, state) => state.Self.Make(state.provider, model), (Self: this, provider));
        }

        return null;
    }

    private ProviderEmbedder? Make(Provider provider, string model)
    {
        if (provider.Kind is not (ProviderKind.OpenAI or ProviderKind.OpenAICompatible)) return null;
        try
        {
            var (root, key) = upstream.AccessTo(provider);

            // One retry would outlast the bound that a call waits for its vector.
            var connection = new OpenAIClientOptions
            {
                Endpoint = root, Transport = new HttpClientPipelineTransport(upstream.Client), RetryPolicy = new ClientRetryPolicy(maxRetries: 0), NetworkTimeout = options.LongestEmbedding + Grace,
            };
            var client = new OpenAIClient(new ApiKeyCredential(key ?? "none"), connection);
            var services = new ServiceCollection().AddOpenAIEmbeddingGenerator(model, client).BuildServiceProvider();
            return new ProviderEmbedder($"{provider.Id}/{root}/{model}", new PaidEmbedder(provider.Id, model), services.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>());
        }
        catch (SecretUnreadableException)
        {
            return null;
        }
    }
}
