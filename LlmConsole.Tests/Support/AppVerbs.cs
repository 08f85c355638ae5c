using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Support;

/// <summary>What an administrator does, in one line each, through the app's own editor.</summary>
public static class AppVerbs
{
    /// <summary>A key of the tenant (the default one unless named); returns its text.</summary>
    public static async Task<string> IssueKeyAsync(this RunningApp app, string tenant = Seed.DefaultName, Func<ApiKey, ApiKey>? with = null)
    {
        var tenantId = app.Tenant(tenant).Id;
        var issued = IssuedKey.Create(ApiKeyKind.Live, Unique("key"), tenantId, app.Time());
        await app.PutAsync(with is null ? issued.Key : with(issued.Key));
        return issued.Text;
    }

    /// <summary>An admin key; returns its text.</summary>
    public static async Task<string> IssueAdminKeyAsync(this RunningApp app)
    {
        var issued = IssuedKey.Create(ApiKeyKind.Admin, Unique("admin"), null, app.Time());
        await app.PutAsync(issued.Key);
        return issued.Text;
    }

    public static Task<Tier> CreateTierAsync(this RunningApp app, string name, Func<Tier, Tier>? with = null)
    {
        var tier = new Tier { Id = Ids.New("tier", app.Time()), Name = name, CreatedAt = app.Time().GetUtcNow() };
        return app.PutAsync(with is null ? tier : with(tier));
    }

    /// <summary>A tenant on the named tier (the default one unless named).</summary>
    public static Task<Tenant> CreateTenantAsync(this RunningApp app, string name, string tier = Seed.DefaultName)
    {
        var tierId = app.Configuration.Tiers.Values.Single(candidate => candidate.Name == tier).Id;
        return app.PutAsync(new Tenant { Id = Ids.New("ten", app.Time()), Name = name, TierId = tierId, CreatedAt = app.Time().GetUtcNow() });
    }

    public static Task<Provider> CreateProviderAsync(this RunningApp app, Uri? baseUrl, string? apiKey = null, ProviderKind kind = ProviderKind.OpenAICompatible) =>
        app.PutAsync(new Provider
        {
            Id = Ids.New("prv", app.Time()), Name = Unique("provider"), Kind = kind, BaseUrl = baseUrl, CreatedAt = app.Time().GetUtcNow(),
            ProtectedApiKey = apiKey is null ? null : app.Services.GetRequiredService<ISecretProtector>().Protect(SecretPurpose.ProviderApiKey, apiKey), ApiKeyLastFour = apiKey?[^4..],
        });

    /// <summary>A model served by the provider at this address, at $1 per million prompt tokens and $2 per million output tokens. A call asks it once: no retries.</summary>
    public static async Task<Model> PublishModelAsync(this RunningApp app, string name, Uri baseUrl, string? upstreamName = null, Func<Model, Model>? with = null)
    {
        var provider = await app.CreateProviderAsync(baseUrl, "sk-upstream-0123456789");
        var price = new ModelPrice { Version = 1, EffectiveFrom = DateTimeOffset.UnixEpoch, InputPerMillion = Usd.FromDollars(1), OutputPerMillion = Usd.FromDollars(2) };
        var model = new Model { Id = Ids.New("mod", app.Time()), Name = name, Targets = [new ModelTarget(provider.Id, upstreamName ?? name)], Prices = [price], Resilience = new ModelResilience { Retries = 0 }, CreatedAt = app.Time().GetUtcNow() };
        return await app.PutAsync(with is null ? model : with(model));
    }

    /// <summary>Saves one object as it shall be.</summary>
    public static async Task<T> PutAsync<T>(this RunningApp app, T item) where T : IConfigured
    {
        await app.Services.GetRequiredService<ConfigurationEditor>().SaveAsync(Actor.System, Change.Put(item), TestContext.Current.CancellationToken);
        return item;
    }

    public static Tenant Tenant(this RunningApp app, string name = Seed.DefaultName) => app.Configuration.Tenants.Values.Single(tenant => tenant.Name == name);

    public static ApiKey KeyOf(this RunningApp app, string text) => app.Configuration.FindKey(KeyHash.Of(text))!;

    /// <summary>The books once every call under way has ended, oldest record first.</summary>
    public static async Task<IReadOnlyList<UsageRecord>> RecordsAsync(this RunningApp app, UsageFilter? filter = null)
    {
        await app.IdleAsync();
        var page = await app.Services.GetRequiredService<UsageQueries>().PageAsync(filter ?? new UsageFilter(), 10_000, null, TestContext.Current.CancellationToken);
        return [.. page.Records.Reverse()];
    }

    /// <summary>The records of one key's calls, oldest first: for classes whose tests share an app.</summary>
    public static Task<IReadOnlyList<UsageRecord>> RecordsOfAsync(this RunningApp app, string key) => app.RecordsAsync(new UsageFilter { KeyId = app.KeyOf(key).Id });

    /// <summary>Completes when the app is done with every call, including those whose client left.</summary>
    public static Task IdleAsync(this RunningApp app) => app.Traffic.IdleAsync().WaitAsync(TestContext.Current.CancellationToken);

    /// <summary>Completes when the app's configuration is at a revision that another instance made.</summary>
    public static async Task KnowsAsync(this RunningApp app, long revision)
    {
        var known = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var store = app.Services.GetRequiredService<ConfigurationStore>();
        store.Changed += Look;
        Look(store.Current);
        await known.Task.WaitAsync(TestContext.Current.CancellationToken);
        store.Changed -= Look;

        void Look(ConfigurationSnapshot current)
        {
            if (current.Revision >= revision) known.TrySetResult();
        }
    }

    private static TimeProvider Time(this RunningApp app) => app.Services.GetRequiredService<TimeProvider>();

    private static string Unique(string kind) => $"{kind} {Guid.NewGuid():N}"[..20];
}
