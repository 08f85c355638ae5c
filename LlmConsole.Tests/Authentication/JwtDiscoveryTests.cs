using LlmConsole.Core.Wire;

namespace LlmConsole.Tests.Authentication;

public sealed class JwtDiscoveryTests
{
    [Fact]
    public async Task Resolve_AuthorityThatPublishesKeys_IsTrusted()
    {
        using var issuer = new TestIssuer();
        await using var server = await DiscoveryServer.StartAsync(issuer.Jwks);
        var requests = Trusting(server.Authority);

        var caller = await requests.ResolveAsync($"Bearer {issuer.Token(claims: [("tenant", "Acme")])}");

        caller.Tenant.Name.ShouldBe("Acme");
    }

    [Fact]
    public async Task Resolve_AuthorityIsDown_AsksToTryAgain()
    {
        using var issuer = new TestIssuer();
        var server = await DiscoveryServer.StartAsync(issuer.Jwks);
        var requests = Trusting(server.Authority);
        await server.DisposeAsync();

        var refusal = await Should.ThrowAsync<RefusalException>(() => requests.ResolveAsync($"Bearer {issuer.Token(claims: [("tenant", "Acme")])}"));

        refusal.Error.ShouldBe(ErrorCode.Overloaded);
        refusal.RetryAfter.ShouldNotBeNull();
    }

    [Fact]
    public async Task Resolve_AuthorityThatPublishesMoreThanKeysTake_IsNotReadToItsEnd()
    {
        using var issuer = new TestIssuer();
        await using var server = await DiscoveryServer.StartAsync(issuer.Jwks + new string(' ', 1024 * 1024));
        var requests = Trusting(server.Authority);

        var refusal = await Should.ThrowAsync<RefusalException>(() => requests.ResolveAsync($"Bearer {issuer.Token(claims: [("tenant", "Acme")])}"));

        refusal.Error.ShouldBe(ErrorCode.Overloaded);
    }

    [Fact]
    public async Task Resolve_IssuerSignsWithANewKey_FetchesItsKeysOnceMore()
    {
        using TestIssuer before = new(), after = new("k2");
        await using var server = await DiscoveryServer.StartAsync(before.Jwks);
        var requests = Trusting(server.Authority);
        await requests.ResolveAsync($"Bearer {before.Token(claims: [("tenant", "Acme")])}");
        server.Jwks = after.Jwks;

        var caller = await requests.ResolveAsync($"Bearer {after.Token(claims: [("tenant", "Acme")])}");

        caller.Tenant.Name.ShouldBe("Acme");
        server.Fetches.ShouldBe(2);
    }

    [Fact]
    public async Task Resolve_ManyInventedKeys_DoesNotAskTheIssuerForEach()
    {
        using var issuer = new TestIssuer();
        await using var server = await DiscoveryServer.StartAsync(issuer.Jwks);
        var requests = Trusting(server.Authority);
        await requests.ResolveAsync($"Bearer {issuer.Token(claims: [("tenant", "Acme")])}");

        foreach (var name in Enumerable.Range(0, 5).Select(number => $"invented-{number}"))
        {
            using var invented = new TestIssuer(name);
            var refusal = await Should.ThrowAsync<RefusalException>(() => requests.ResolveAsync($"Bearer {invented.Token(claims: [("tenant", "Acme")])}"));
            refusal.Error.ShouldBe(ErrorCode.InvalidApiKey);
        }

        server.Fetches.ShouldBe(2);
        (await requests.ResolveAsync($"Bearer {issuer.Token(claims: [("tenant", "Acme")])}")).Tenant.Name.ShouldBe("Acme");
    }

    private static Requests Trusting(string authority) =>
        new(TestIssuer.Read(("Issuer", TestIssuer.Name), ("Audience", TestIssuer.Audience), ("Authority", authority)));
}
