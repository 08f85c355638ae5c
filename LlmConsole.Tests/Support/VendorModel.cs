using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Tests.Support;

/// <summary>A model of the app that a provider of some kind serves, and a key to call it with.</summary>
internal static class VendorModel
{
    /// <summary>Publishes a model, served by the provider at this address, at $1 per million prompt tokens, $0.10 cached and $2 per million output tokens; returns its public name.</summary>
    public static async Task<string> PublishAsync(RunningApp app, ProviderKind kind, Uri? baseUrl, string upstreamName, string? apiKey = "sk-upstream-0123456789")
    {
        var provider = await app.CreateProviderAsync(baseUrl, apiKey, kind);
        return await PublishAsync(app, provider, upstreamName);
    }

    public static async Task<string> PublishAsync(RunningApp app, Provider provider, string upstreamName)
    {
        var name = $"m-{Guid.NewGuid():N}";
        await app.PutAsync(new Model
        {
            Id = Ids.New("mod", TimeProvider.System), Name = name, Targets = [new ModelTarget(provider.Id, upstreamName)],
            Prices = [new ModelPrice { Version = 1, EffectiveFrom = DateTimeOffset.UnixEpoch, InputPerMillion = Usd.FromDollars(1), CachedInputPerMillion = Usd.FromDollars(0.1m), OutputPerMillion = Usd.FromDollars(2) }],
        });
        return name;
    }
}
