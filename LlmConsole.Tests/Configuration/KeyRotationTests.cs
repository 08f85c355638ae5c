using LlmConsole.Core.Configuration;
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

    private Task<IssuedKey> RotateAsync(ApiKey key, TimeSpan overlap) => Editor.RotateKeyAsync(Actor.System, key, overlap, _time, TestContext.Current.CancellationToken);

    private Task<ApiKey> KeyAsync(Func<ApiKey, ApiKey>? with = null)
    {
        var key = IssuedKey.Create(ApiKeyKind.Live, "turning", fixture.App.Tenant().Id, _time).Key;
        return fixture.App.PutAsync(with is null ? key : with(key));
    }
}
