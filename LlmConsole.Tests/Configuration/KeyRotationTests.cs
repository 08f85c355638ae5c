using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Configuration;

public sealed class KeyRotationTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2027, 1, 31, 12, 0, 0, TimeSpan.Zero));

    private ConfigurationEditor Editor => fixture.App.Services.GetRequiredService<ConfigurationEditor>();

    [Fact]
    public async Task Rotate_WithOverlap_EndsTheOldKeyExactlyThen()
    {
        var old = await KeyAsync();

        var issued = await RotateAsync(old, TimeSpan.FromHours(24));

        var ending = fixture.App.Configuration.Keys[old.Id];
        ending.ExpiresAt.ShouldBe(_time.GetUtcNow().AddDays(1));
        ending.StatusAt(_time.GetUtcNow().AddDays(1).AddTicks(-1)).ShouldBe(KeyStatus.Active);
        ending.StatusAt(_time.GetUtcNow().AddDays(1)).ShouldBe(KeyStatus.Expired);
        fixture.App.KeyOf(issued.Text).ShouldBe(issued.Key);
    }

    [Fact]
    public async Task Rotate_Always_KeepsTheSettings()
    {
        var old = await KeyAsync(key => key with { Models = ["a"], Limits = new LimitSet { RequestsPerMinute = 7 }, ExpiresAt = _time.GetUtcNow().AddDays(90) });

        var (fresh, _) = await RotateAsync(old, TimeSpan.FromDays(1));

        (fresh.Name, fresh.TenantId, fresh.Kind, fresh.Limits.RequestsPerMinute, fresh.ExpiresAt).ShouldBe((old.Name, old.TenantId, old.Kind, 7, old.ExpiresAt));
        fresh.Models.ShouldBe(["a"]);
        fresh.Hash.ShouldNotBe(old.Hash);
    }

    /// <summary>However often: the keys count together, in memory and from the books.</summary>
    [Fact]
    public async Task Rotate_KeyWithABudget_BeginsItNotAnew()
    {
        var services = fixture.App.Services;
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var keys = new List<ApiKey> { await KeyAsync(key => key with { Quotas = [new Quota { Unit = QuotaUnit.Requests, Period = QuotaPeriod.Lifetime, Limit = 3 }] }) };
        for (var i = 0; i < 2; i++)
        {
            await services.GetRequiredService<UsageLedger>().RecordAsync(BooksDatabase.Record($"req_of_{keys[^1].Id}", now) with { TenantId = keys[0].TenantId!, KeyId = keys[^1].Id });
            keys.Add((await RotateAsync(keys[^1], TimeSpan.FromDays(1))).Key);
        }

        keys.Select(key => key.LineId).ShouldAllBe(line => line == keys[0].Id);
        (await SpentAsync()).ShouldAllBe(spent => spent == 2);
        var call = await AdmitAsync(keys[1], "req_third");
        call.Release();
        await call.SettleAsync(new Consumption(1, 0, Usd.Zero));

        (await SpentAsync()).ShouldAllBe(spent => spent == 3);
        foreach (var key in keys) (await Should.ThrowAsync<RefusalException>(() => AdmitAsync(key, "req_fourth").AsTask())).Error.ShouldBe(ErrorCode.InsufficientQuota);

        async Task<IEnumerable<long>> SpentAsync() => await Task.WhenAll(keys.Select(async key => (await Limiter.StandingsAsync(PlanOf(key), TestContext.Current.CancellationToken)).Single(standing => standing.Scope.Kind == ScopeKind.Key).Spent));
    }

    [Fact]
    public async Task Rotate_ExpiringBeforeTheOverlapEnds_IsNotProlonged()
    {
        var end = _time.GetUtcNow().AddMinutes(5);
        var old = await KeyAsync(key => key with { ExpiresAt = end });

        await RotateAsync(old, TimeSpan.FromDays(1));

        fixture.App.Configuration.Keys[old.Id].ExpiresAt.ShouldBe(end);
    }

    [Fact]
    public async Task Rotate_Revoked_Refuses()
    {
        var old = await KeyAsync();
        await Editor.RevokeKeyAsync(Actor.System, old, _time, TestContext.Current.CancellationToken);

        await Should.ThrowAsync<ConfigurationInvalidException>(() => RotateAsync(old, TimeSpan.Zero));
    }

    [Fact]
    public async Task Revoke_Twice_KeepsTheFirstMoment()
    {
        var key = await KeyAsync();
        var first = await Editor.RevokeKeyAsync(Actor.System, key, _time, TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromHours(1));

        (await Editor.RevokeKeyAsync(Actor.System, key, _time, TestContext.Current.CancellationToken)).RevokedAt.ShouldBe(first.RevokedAt);
    }

    private Limiter Limiter => fixture.App.Services.GetRequiredService<Limiter>();

    private LimitPlan PlanOf(ApiKey key) => LimitPlan.For(fixture.App.Configuration.CallerOf(key.TenantId!, key)!);

    private ValueTask<Admission> AdmitAsync(ApiKey key, string requestId) =>
        Limiter.AdmitAsync(PlanOf(key), new Demand { PromptTokens = 1, Choices = 1, InputPerMillion = Usd.Zero, OutputPerMillion = Usd.Zero }, requestId, TestContext.Current.CancellationToken);

    private Task<IssuedKey> RotateAsync(ApiKey key, TimeSpan overlap) => Editor.RotateKeyAsync(Actor.System, key, overlap, _time, TestContext.Current.CancellationToken);

    private Task<ApiKey> KeyAsync(Func<ApiKey, ApiKey>? with = null)
    {
        var key = IssuedKey.Create(ApiKeyKind.Live, "turning", fixture.App.Tenant().Id, _time).Key;
        return fixture.App.PutAsync(with is null ? key : with(key));
    }
}
