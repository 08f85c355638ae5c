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

    private static Requests Trusting(string authority) =>
        new(TestIssuer.Read(("Issuer", TestIssuer.Name), ("Audience", TestIssuer.Audience), ("Authority", authority)));
}
