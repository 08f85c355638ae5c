using LlmConsole.Core.Storage;

namespace LlmConsole.Tests.Authentication;

public sealed class JwtIssuerTests
{
    [Fact]
    public void Read_NothingConfigured_TrustsNobody() => TestIssuer.Read().ShouldBeEmpty();

    [Fact]
    public void Read_SeveralProblems_NamesEverySetting()
    {
        var refusal = Should.Throw<StartRefusedException>(() => TestIssuer.Read(("Issuer", "https://id.example.com"), ("Authority", "http://id.example.com"), ("Jwks", "{}")));

        refusal.Message.ShouldContain("Authentication:Jwt:Issuers:0:Audience (Authentication__Jwt__Issuers__0__Audience)");
        refusal.Message.ShouldContain("Authentication:Jwt:Issuers:0:Authority");
        refusal.Message.ShouldContain("exactly one of");
    }

    [Theory]
    [InlineData("Jwks", "not json")]
    [InlineData("Jwks", """{"keys":[]}""")]
    [InlineData("Jwks", """{"keys":[{"kty":"oct","k":"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"}]}""")]
    [InlineData("JwksFile", "/nowhere/keys.json")]
    public void Read_KeysThatCannotSign_Refuses(string setting, string value)
    {
        var refusal = Should.Throw<StartRefusedException>(() => TestIssuer.Read(("Issuer", "https://id.example.com"), ("Audience", "llmconsole"), (setting, value)));

        refusal.Message.ShouldContain($"Authentication__Jwt__Issuers__0__{setting}");
    }
}
