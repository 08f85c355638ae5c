using System.Text.Json;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Metering;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LlmConsole.Tests.Configuration;

/// <summary>A start reads the configuration without Entity Framework, by columns that stand in the code a second time: here each is held against what Entity Framework reads.</summary>
public sealed class ConfigurationReaderTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
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
        new WebhookEndpoint { Id = "wh_b", Url = new Uri("http://bare.example") },
        new AlertRule { Id = "rule_b", Name = "Bare", Kind = AlertKind.Budget, Enabled = false },
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_EveryColumn_IsWhatEntityFrameworkReads(bool onPostgres)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        await using (var db = await database.Contexts.CreateDbContextAsync(Cancellation))
        {
            db.AddRange([.. Full, .. Bare]);
            db.Add(new ConfigurationEdit { Revision = 5, Id = "edt_5" });
            await db.SaveChangesAsync(Cancellation);
            await db.Database.ExecuteSqlAsync($"UPDATE configuration_revision SET value = 5", Cancellation);
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
        foreach (var (id, item) in expected)
        {
            foreach (var property in properties) Text(property, read[id]).ShouldBe(Text(property, item), $"{typeof(T).Name}.{property.Name}");
        }
    }

    private static string Text(IProperty property, object item) => JsonSerializer.Serialize(property.PropertyInfo!.GetValue(item));
}
