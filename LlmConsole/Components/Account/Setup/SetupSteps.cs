using LlmConsole.Authentication;
using LlmConsole.Components.Shared;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;

namespace LlmConsole.Components.Account.Setup;

/// <summary>What the set-up pages do. Doing a step again changes what it made before instead of making another one.</summary>
internal sealed class SetupSteps(ConfigurationStore store, ConfigurationEditor editor, SignedInEditor me, ISecretProtector secrets, ProviderProbe probe, TimeProvider time)
{
    public IReadOnlyList<Tier> Tiers => [.. store.Current.Tiers.Values.OrderBy(tier => tier.CreatedAt)];

    /// <summary>A model that answers without any account, for who keeps the simulator.</summary>
    public string SimulatorModel =>
        store.Current.FindModelByReference("simulator/echo")?.Name ?? store.Current.Models.Values.FirstOrDefault(model => !model.IsPattern)?.Name ?? "simulator/echo";

    /// <summary>Asks the provider of the form, which isn't saved yet.</summary>
    /// <exception cref="ConfigurationInvalidException">Names what is missing to ask at all.</exception>
    public async Task<ProbeResult> TestAsync(ProviderInput input, CancellationToken cancellation)
    {
        await me.AuthorizeAsync(Access.Own);
        var provider = input.ToProvider("new", time.GetUtcNow());
        return await probe.TestAsync(provider, string.IsNullOrWhiteSpace(input.ApiKey) ? null : input.ApiKey.Trim(), cancellation);
    }

    /// <summary>Saves provider and model; returns the public name of the model.</summary>
    /// <exception cref="ConfigurationInvalidException">Names every bad field.</exception>
    public async Task<string> PublishAsync(ProviderInput input, CancellationToken cancellation)
    {
        var actor = await me.AuthorizeAsync(Access.Own);
        if (input.Kind == ProviderKind.Simulator) return SimulatorModel;
        var now = time.GetUtcNow();
        var draft = input.ToProvider(Ids.New("prv", time), now).WithApiKey(input.ApiKey, secrets);
        var name = input.Model.Trim();
        if (name.Length == 0) throw new ConfigurationInvalidException([new("model", "Choose one of the provider's models, or enter its name.")]);

        var prices = input.ReadPrices();
        var modelId = Ids.New("mod", time);
        await editor.SaveAsync(actor, snapshot =>
        {
            var provider = snapshot.FindProvider(draft.Name) is { } known && known.Kind == draft.Kind ? draft with { Id = known.Id, CreatedAt = known.CreatedAt } : draft;
            IReadOnlyList<ModelTarget> targets = [new(provider.Id, name)];
            var model = snapshot.FindModelByReference(name) is { } existing
                ? existing with { Targets = targets }
                : new Model { Id = modelId, Name = name, Targets = targets, CreatedAt = now };
            if (prices is { } price) model = model.WithPrice(price.Input, null, price.Output, now);
            return [Change.Put(provider), Change.Put(model)];
        }, cancellation);
        return name;
    }

    /// <summary>Saves the tenant with its tier, and issues its first key.</summary>
    /// <exception cref="ConfigurationInvalidException">Names every bad field.</exception>
    public async Task<IssuedKey> IssueKeyAsync(KeyInput input, CancellationToken cancellation)
    {
        var actor = await me.AuthorizeAsync(Access.Own);
        var tenantId = Ids.New("ten", time);
        var now = time.GetUtcNow();
        var text = KeyFormat.Generate(ApiKeyKind.Live);
        IssuedKey? issued = null;
        await editor.SaveAsync(actor, snapshot =>
        {
            var existing = snapshot.FindTenant(input.Tenant.Trim());
            var tenant = existing is null
                ? new Tenant { Id = tenantId, Name = input.Tenant.Trim(), TierId = input.TierId, CreatedAt = now }
                : existing with { TierId = input.TierId };
            issued = IssuedKey.Create(ApiKeyKind.Live, input.Name.Trim(), tenant.Id, time, text);
            return tenant == existing ? [Change.Put(issued.Key)] : [Change.Put(tenant), Change.Put(issued.Key)];
        }, cancellation);
        return issued!;
    }
}
