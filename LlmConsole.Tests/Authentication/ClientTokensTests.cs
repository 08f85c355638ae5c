using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Tests.Authentication;

public sealed class ClientTokensTests
{
    private readonly Requests _requests = new();

    [Fact]
    public async Task Resolve_Token_IsTheKeysCallerNarrowed()
    {
        var (key, token) = Issue(["fast", "small*"], "user-7");

        var caller = await _requests.ResolveAsync($"Bearer {token}");

        (caller.Key!.Id, caller.UserId, caller.Tenant.Name).ShouldBe((key.Id, "user-7", "Acme"));
        (caller.MayUse("fast"), caller.MayUse("small-2"), caller.MayUse("large")).ShouldBe((true, true, false));
    }

    [Fact]
    public async Task Resolve_TokenOfANarrowKey_IsNoWiderThanTheKey()
    {
        var (_, token) = Issue([], null, key => key with { Models = ["fast"] });

        var caller = await _requests.ResolveAsync(apiKey: token);

        (caller.MayUse("fast"), caller.MayUse("large")).ShouldBe((true, false));
    }

    [Fact]
    public async Task Resolve_AtItsEnd_RefusesFromThatMomentOn()
    {
        var (_, token) = Issue([], null);
        _requests.Time.Advance(TimeSpan.FromSeconds(59));
        (await _requests.ResolveAsync($"Bearer {token}")).Key.ShouldNotBeNull();

        _requests.Time.Advance(TimeSpan.FromSeconds(1));

        await RefusesAsync(ErrorCode.KeyExpired, token);
    }

    [Fact]
    public async Task Resolve_KeyExpiredMeanwhile_Refuses()
    {
        var (_, token) = Issue([], null, key => key with { ExpiresAt = Requests.Now.AddSeconds(10) });

        _requests.Time.Advance(TimeSpan.FromSeconds(10));

        await RefusesAsync(ErrorCode.InvalidApiKey, token);
    }

    [Fact]
    public async Task Resolve_KeyBoundToAddresses_BindsItsTokens()
    {
        var (_, token) = Issue([], null, key => key with { IpAllow = ["10.1.2.3"] });

        await RefusesAsync(ErrorCode.PermissionDenied, token);
    }

    [Fact]
    public async Task Resolve_SuspendedTenant_Refuses()
    {
        var (_, token) = Issue([], null);
        _requests.Suspend(null);

        await RefusesAsync(ErrorCode.TenantSuspended, token);
    }

    [Fact]
    public async Task Resolve_EndpointThatIsNotOpenToTokens_Refuses()
    {
        var (_, token) = Issue([], null);

        (await Should.ThrowAsync<RefusalException>(() => _requests.ResolveAsync($"Bearer {token}", opensToTokens: false))).Error.ShouldBe(ErrorCode.PermissionDenied);
    }

    [Fact]
    public async Task Resolve_AlteredInventedOrHuge_Refuses()
    {
        var (_, token) = Issue([], null);
        var middle = token.Length / 2;

        foreach (var wrong in (string[])[token[..middle] + (token[middle] == 'a' ? 'b' : 'a') + token[(middle + 1)..], token[..^4], "llmc_client_", "llmc_client_!!!", "llmc_client_" + new string('A', 100_000)])
            await RefusesAsync(ErrorCode.InvalidApiKey, wrong);
    }

    private (ApiKey Key, string Token) Issue(string[] models, string? user, Func<ApiKey, ApiKey>? with = null)
    {
        var text = _requests.Issue(with: with);
        var key = _requests.Store.Current.FindKey(KeyHash.Of(text))!;
        return (key, _requests.Tokens.Issue(key, Requests.Now.AddMinutes(1), models, user));
    }

    private async Task RefusesAsync(ErrorCode expected, string token) =>
        (await Should.ThrowAsync<RefusalException>(() => _requests.ResolveAsync($"Bearer {token}"))).Error.ShouldBe(expected);
}
