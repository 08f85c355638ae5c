using System.Text.Json;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Metering;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LlmConsole.Tests.Configuration;

/// <summary>The configuration is read and written without Entity Framework, by columns that stand in the code beside the mappings: here each is held against what Entity Framework reads.</summary>
public sealed class ConfigurationRowsTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private static readonly DateTimeOffset At = new(2026, 5, 6, 7, 8, 9, 10, TimeSpan.Zero);

    private static readonly Quota Budget = new() { Unit = QuotaUnit.Usd, Period = QuotaPeriod.Week, Limit = 7, TimeZone = "Europe/Berlin", Hard = false };
    private static readonly LimitSet Limits = new() { RequestsPerMinute = 1, TokensPerMinute = 2, Concurrency = 3, MaxOutputTokens = 4, MaxPromptTokens = 5 };
    private static readonly CachePolicy Cache = new() { Exact = new ExactCachePolicy { Enabled = true, TtlSeconds = 9 }, Semantic = new SemanticCachePolicy { Shadow = true, Threshold = 0.7 }, Scope = CacheScope.User, StoreToolCalls = true };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Each kind with every column filled, by something that isn't its default.</summary>
    private static IConfigured[] Full =>
    [
        new Tier { Id = "tier_f", Name = "Full", RequestsPerMinute = 1, TokensPerMinute = 2, Concurrency = 3, MaxOutputTokens = 4, MaxPromptTokens = 5, Quotas = [Budget], Models = ["a", "b*"], Timeouts = new TimeoutLimits { IdleSeconds = 8 }, Cache = Cache, CreatedAt = At },
        new Tenant { Id = "ten_f", Name = "Full", TierId = "tier_f", Status = TenantStatus.Suspended, StatusReason = "unpaid", Overrides = Limits, Quotas = [Budget], Cache = Cache, Bodies = new BodyPolicy { RetentionDays = 3, Masks = [BodyMask.Cards] }, CreatedAt = At },
        new ApiKey
        {
            Id = "key_f", Name = "Full", Kind = ApiKeyKind.Admin, TenantId = "ten_f", Hash = KeyHash.Of("a key"), LastFour = "abcd", CreatedAt = At, ExpiresAt = At.AddDays(1), RevokedAt = At.AddDays(2), Models = ["a"],
            Limits = Limits, Quotas = [Budget], IpAllow = ["10.0.0.0/8"],
        },
        new Provider { Id = "prv_f", Name = "Full", Kind = ProviderKind.Anthropic, BaseUrl = new Uri("https://full.example/v1?a=b"), ProtectedApiKey = "secret", ApiKeyLastFour = "efgh", CreatedAt = At },
        new Model
        {
            Id = "mod_f", Name = "full-*", Targets = [new ModelTarget("prv_f", "m", 3) { Group = 1, AcceptsPrefill = true, Drained = true }], Fallbacks = ["other"], Timeouts = new ModelTimeouts { IdleSeconds = 5 },
            Resilience = new ModelResilience { Sticky = Stickiness.User, Retries = 2, Rescue = RescueMode.Hold, GracefulMessage = "Later.", ContextFallback = true }, CreatedAt = At,
            Prices = [new ModelPrice { Version = 2, EffectiveFrom = At, InputPerMillion = new Usd(1), CachedInputPerMillion = new Usd(2), CacheWritePerMillion = new Usd(3), OutputPerMillion = new Usd(4), PerRequest = new Usd(5) }],
        },
        new UserLimit { Id = "lim_f", TenantId = "ten_f", UserId = "usr", Limits = Limits, Quotas = [Budget], CreatedAt = At },
        new CacheGeneration { Id = "tenant:ten_f", Name = "Full", Value = "gen", PurgedAt = At },
        new WebhookEndpoint
        {
            Id = "wh_f", TenantId = "ten_f", Url = new Uri("https://full.example/hook"), Format = WebhookFormat.Slack, Events = ["job.*"], ProtectedSecret = "one", ProtectedPreviousSecret = "two", PreviousSecretUntil = At,
            DisabledAt = At.AddHours(1), DisabledReason = "gone", EnabledAt = At.AddHours(2), CreatedAt = At,
        },
        new AlertRule { Id = "rule_f", Name = "Full", Kind = AlertKind.Latency, TenantId = "ten_f", Threshold = 0.1 + 0.2, Webhooks = ["wh_f"], Enabled = true, CreatedAt = At },
    ];

    /// <summary>Each kind with nothing but what must be there.</summary>
    private static IConfigured[] Bare =>
    [
        new Tier { Id = "tier_b", Name = "Bare" },
        new Tenant { Id = "ten_b", Name = "Bare", TierId = "tier_b" },
        new ApiKey { Id = "key_b", Name = "Bare", Kind = ApiKeyKind.Live, Hash = KeyHash.Of("another"), LastFour = "wxyz" },
        new Provider { Id = "prv_b", Name = "Bare", Kind = ProviderKind.OpenAI },
        new Model { Id = "mod_b", Name = "bare", Targets = [] },
        new UserLimit { Id = "lim_b", TenantId = "ten_b", UserId = "*" },
        new CacheGeneration { Id = "all", Name = "", Value = "", PurgedAt = default },
        new WebhookEndpoint { Id = "wh_b", Url = new Uri("http://bare.example/") },
        new AlertRule { Id = "rule_b", Name = "Bare", Kind = AlertKind.Budget, Enabled = false },
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EveryColumn_Written_IsReadAsEntityFrameworkReadsIt(bool onPostgres)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        Change[] all = [.. Full.Concat(Bare).Select(Change.Put)];
        await using (var connection = await database.Connections.OpenAsync(Cancellation))
        {
            await ConfigurationWriter.WriteAsync(connection, ConfigurationSnapshot.Empty, [.. all.Reverse()], Cancellation);
            await EditFeed.RecordAsync(connection, ConfigurationSnapshot.Empty.With(all, 5, "edt_5"), all, Cancellation);
            await connection.ExecuteAsync($"UPDATE configuration_revision SET value = 5", Cancellation);
        }

        var read = await ConfigurationReader.ReadAsync(database.Connections, Cancellation);

        (read.Revision, read.EditId).ShouldBe((5, "edt_5"));
        await using var reading = await database.Contexts.CreateDbContextAsync(Cancellation);
        await CompareAsync(reading, read.Tiers);
        await CompareAsync(reading, read.Tenants);
        await CompareAsync(reading, read.Keys);
        await CompareAsync(reading, read.Providers);
        await CompareAsync(reading, read.Models);
        await CompareAsync(reading, read.UserLimits);
        await CompareAsync(reading, read.CacheGenerations);
        await CompareAsync(reading, read.Webhooks);
        await CompareAsync(reading, read.AlertRules);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Save_ObjectsThatReferToOthers_InAnyOrder_IsSaved(bool onPostgres)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        var store = new ConfigurationStore(database.Connections, database.Contexts);
        var editor = new ConfigurationEditor(database.Connections, store, TimeProvider.System);
        var (tier, tenant) = (new Tier { Id = "tier_1", Name = "One" }, new Tenant { Id = "ten_1", Name = "One", TierId = "tier_1" });
        var limit = new UserLimit { Id = "lim_1", TenantId = "ten_1", UserId = "usr" };
        await store.ReloadAsync(Cancellation);
        await editor.SaveAsync(Actor.System, _ => [Change.Put(limit), Change.Put(tenant), Change.Put(tier)], Cancellation);

        await editor.SaveAsync(Actor.System, _ => [Change.Put(limit with { Id = "lim_2" }), Change.Delete(limit), Change.Put(tenant with { TierId = "tier_2" }), Change.Delete(tier), Change.Put(tier with { Id = "tier_2" })], Cancellation);
        var after = await ConfigurationReader.ReadAsync(database.Connections, Cancellation);
        await editor.SaveAsync(Actor.System, _ => [Change.Delete(after.Tiers["tier_2"]), Change.Delete(after.Tenants["ten_1"]), Change.Delete(after.UserLimits["lim_2"])], Cancellation);

        (after.Tiers.Keys.Single(), after.Tenants["ten_1"].TierId, after.UserLimits.Keys.Single()).ShouldBe(("tier_2", "tier_2", "lim_2"));
        var empty = await ConfigurationReader.ReadAsync(database.Connections, Cancellation);
        (empty.Revision, empty.Tiers.Count + empty.Tenants.Count + empty.UserLimits.Count).ShouldBe((3, 0));
    }

    [Fact]
    public async Task Read_ANameThatOnlyANewerVersionKnows_SaysSo()
    {
        await using var database = await BooksDatabase.CreateAsync();
        await database.Connections.ExecuteAsync($"INSERT INTO alert_rules (id, name, kind, threshold, enabled, created_at) VALUES ('rule_n', 'New', 'Tomorrow', 0, 1, 0)", Cancellation);

        var error = await Should.ThrowAsync<InvalidOperationException>(() => ConfigurationReader.ReadAsync(database.Connections, Cancellation));

        error.Message.ShouldContain("Tomorrow");
    }

    private static async Task CompareAsync<T>(LlmConsoleDbContext db, IReadOnlyDictionary<string, T> read) where T : class, IConfigured
    {
        var properties = db.Model.FindEntityType(typeof(T))!.GetProperties().ToList();
        var full = Full.OfType<T>().Single();
        foreach (var property in properties) Text(property, full).ShouldNotBe(Text(property, Bare.OfType<T>().Single()), $"{typeof(T).Name}.{property.Name} needs a value here that is told from the one that it has by default.");

        var expected = await db.Set<T>().AsNoTracking().ToDictionaryAsync(item => item.Id, Cancellation);
        read.Keys.ShouldBe(expected.Keys, ignoreOrder: true);
        foreach (var written in Full.Concat(Bare).OfType<T>())
        {
            foreach (var property in properties)
            {
                var text = Text(property, expected[written.Id]);
                text.ShouldBe(Text(property, written), $"{typeof(T).Name}.{property.Name} as it was written");
                Text(property, read[written.Id]).ShouldBe(text, $"{typeof(T).Name}.{property.Name} as it was read");
            }
        }
    }

    private static string Text(IProperty property, object item) => JsonSerializer.Serialize(property.PropertyInfo!.GetValue(item));
}
