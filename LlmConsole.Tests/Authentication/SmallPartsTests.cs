using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Http;

namespace LlmConsole.Tests.Authentication;

public sealed class LocalUrlTests
{
    [Theory]
    [InlineData("/admin/keys?tenant=acme")]
    [InlineData("/")]
    public void Or_OwnPath_IsKept(string url) => LocalUrl.Or(url, "/fallback").ShouldBe(url);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("https://evil.example.com")]
    [InlineData("//evil.example.com")]
    [InlineData("/\\evil.example.com")]
    [InlineData("/\t/evil.example.com")]
    [InlineData("javascript:alert(1)")]
    public void Or_AnythingElse_IsTheFallback(string? url) => LocalUrl.Or(url, "/fallback").ShouldBe("/fallback");
}

public sealed class SetupTokenTests
{
    private readonly SetupToken _token = new();

    [Fact]
    public void Accepts_IssuedToken_UntilTheNextOne()
    {
        var first = _token.Issue();
        _token.Accepts(first).ShouldBeTrue();

        var second = _token.Issue();

        _token.Accepts(first).ShouldBeFalse();
        _token.Accepts(second).ShouldBeTrue();
    }

    [Fact]
    public void Accepts_Retired_Refuses()
    {
        var token = _token.Issue();
        _token.Retire();

        _token.Accepts(token).ShouldBeFalse();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("guess")]
    public void Accepts_AnythingElse_Refuses(string? guess)
    {
        _token.Accepts(guess).ShouldBeFalse();
        _token.Issue();
        _token.Accepts(guess).ShouldBeFalse();
    }
}

public sealed class SetupLinkTests
{
    [Theory]
    [InlineData("http://0.0.0.0:8080", "http://localhost:8080")]
    [InlineData("http://[::]:8080", "http://localhost:8080")]
    [InlineData("http://*:8080/", "http://localhost:8080")]
    [InlineData("http://127.0.0.1:5000", "http://127.0.0.1:5000")]
    [InlineData(null, "http://localhost")]
    public void Reachable_Always_IsAnAddressThatABrowserOpens(string? address, string expected) => SetupLink.Reachable(address).ShouldBe(expected);
}

public sealed class SameOriginGuardTests
{
    [Theory]
    [InlineData("same-origin", null, true)]
    [InlineData("cross-site", "http://console.example.com", false)]
    [InlineData("same-site", null, false)]
    [InlineData("none", null, false)]
    [InlineData(null, "http://console.example.com", true)]
    [InlineData(null, "https://console.example.com", true)]
    [InlineData(null, "https://evil.example.com", false)]
    [InlineData(null, "null", false)]
    [InlineData(null, null, false)]
    public void IsSameOrigin_Headers_AreJudged(string? site, string? origin, bool expected)
    {
        var request = new DefaultHttpContext().Request;
        request.Host = new HostString("console.example.com");
        if (site is not null) request.Headers["Sec-Fetch-Site"] = site;
        if (origin is not null) request.Headers.Origin = origin;

        SameOriginGuard.IsSameOrigin(request).ShouldBe(expected);
    }
}

public sealed class UserRulesTests
{
    [Theory]
    [InlineData("ada@example.com", true)]
    [InlineData("a@b", true)]
    [InlineData("ada", false)]
    [InlineData("@example.com", false)]
    [InlineData("ada@", false)]
    [InlineData("ada@@example.com", false)]
    [InlineData("ada lovelace@example.com", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Email_Text_IsJudged(string? email, bool isValid) => (UserRules.Email(email) is null).ShouldBe(isValid);

    [Theory]
    [InlineData("123456789", false)]
    [InlineData("1234567890", true)]
    [InlineData("no rules but length", true)]
    [InlineData(null, false)]
    public void Password_Length_IsTheOnlyRule(string? password, bool isValid) => (UserRules.Password(password) is null).ShouldBe(isValid);

    [Theory]
    [InlineData(UserRole.Owner, UserRole.Owner, UserRole.Member, true)]
    [InlineData(UserRole.Admin, UserRole.Viewer, UserRole.Admin, true)]
    [InlineData(UserRole.Admin, UserRole.Owner, UserRole.Admin, false)]
    [InlineData(UserRole.Admin, UserRole.Admin, UserRole.Owner, false)]
    [InlineData(UserRole.Viewer, UserRole.Member, UserRole.Member, false)]
    public void MayTouch_Roles_AreJudged(UserRole editor, UserRole current, UserRole next, bool expected) => UserRules.MayTouch(editor, current, next).ShouldBe(expected);
}
