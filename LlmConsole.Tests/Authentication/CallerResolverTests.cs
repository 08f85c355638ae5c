using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Tests.Authentication;

public sealed class CallerResolverTests
{
    private readonly Requests _requests = new();

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Resolve_IssuedKeyInEitherHeader_IsTheTenantsCaller(bool inAuthorization, bool inApiKey)
    {
        var key = _requests.Issue();

        var caller = await _requests.ResolveAsync(inAuthorization ? $"Bearer {key}" : null, inApiKey ? key : null);

        caller.Tenant.Name.ShouldBe("Acme");
        caller.Tier.Name.ShouldBe("Default");
        caller.Key!.LastFour.ShouldBe(key[^4..]);
        caller.Snapshot.ShouldBeSameAs(_requests.Store.Current);
    }

    [Theory]
    [InlineData("bearer ")]
    [InlineData("BEARER   ")]
    public async Task Resolve_SchemeInAnyCase_IsAccepted(string scheme)
    {
        var caller = await _requests.ResolveAsync(scheme + _requests.Issue());

        caller.Tenant.Id.ShouldBe("ten_acme");
    }

    [Fact]
    public Task Resolve_TwoDifferentCredentials_Refuses() =>
        RefusesAsync(ErrorCode.ConflictingCredentials, $"Bearer {_requests.Issue()}", _requests.Issue());

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer ")]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("Bearer sk-proj-somebody-elses")]
    [InlineData("Bearer llmc_live_short")]
    public Task Resolve_NoKeyOrNotOurs_Refuses(string? authorization) => RefusesAsync(ErrorCode.InvalidApiKey, authorization);

    [Theory]
    [InlineData("Bearer")]
    [InlineData("bearer ")]
    public async Task Resolve_SchemeAlone_SaysThatTheKeyIsMissing(string authorization) =>
        (await RefusesAsync(ErrorCode.InvalidApiKey, authorization)).Message.ShouldContain("has no API key");

    [Fact]
    public Task Resolve_WellFormedButNeverIssued_Refuses() => RefusesAsync(ErrorCode.InvalidApiKey, $"Bearer {KeyFormat.Generate(ApiKeyKind.Live)}");

    [Fact]
    public async Task Resolve_OneCharacterChanged_RefusesForTheChecksum()
    {
        var key = _requests.Issue();
        var mistyped = key[..^1] + (key[^1] == 'a' ? 'b' : 'a');

        var refusal = await RefusesAsync(ErrorCode.InvalidApiKey, $"Bearer {mistyped}");

        refusal.Message.ShouldContain("checksum");
    }

    [Fact]
    public Task Resolve_RevokedKey_Refuses() => RefusesAsync(ErrorCode.InvalidApiKey, $"Bearer {_requests.Issue(with: key => key with { RevokedAt = Requests.Now })}");

    [Fact]
    public async Task Resolve_KeyAtItsExpiry_RefusesFromThatMomentOn()
    {
        var key = _requests.Issue(with: key => key with { ExpiresAt = Requests.Now.AddMinutes(1) });
        _requests.Time.Advance(TimeSpan.FromSeconds(59));
        (await _requests.ResolveAsync($"Bearer {key}")).Key.ShouldNotBeNull();

        _requests.Time.Advance(TimeSpan.FromSeconds(1));

        (await RefusesAsync(ErrorCode.KeyExpired, $"Bearer {key}")).Message.ShouldContain("2027-01-31 12:01 UTC");
    }

    [Fact]
    public async Task Resolve_SuspendedTenant_RefusesWithItsReason()
    {
        var key = _requests.Issue();
        _requests.Suspend("The invoice of October is open.");

        (await RefusesAsync(ErrorCode.TenantSuspended, $"Bearer {key}")).Message.ShouldContain("The invoice of October is open.");
    }

    [Fact]
    public async Task Resolve_AdminKey_RefusesAndNamesTheRightKind()
    {
        var refusal = await RefusesAsync(ErrorCode.PermissionDenied, $"Bearer {_requests.Issue(ApiKeyKind.Admin)}");

        refusal.Message.ShouldContain("llmc_live_");
    }

    [Fact]
    public async Task Resolve_Refused_NeverRepeatsTheCredential()
    {
        var key = _requests.Issue(with: key => key with { RevokedAt = Requests.Now });

        var refusal = await RefusesAsync(ErrorCode.InvalidApiKey, apiKey: key);

        refusal.Message.ShouldNotContain(key);
    }

    private async Task<RefusalException> RefusesAsync(ErrorCode expected, string? authorization = null, string? apiKey = null)
    {
        var refusal = await Should.ThrowAsync<RefusalException>(() => _requests.ResolveAsync(authorization, apiKey));
        refusal.Error.ShouldBe(expected);
        return refusal;
    }
}
