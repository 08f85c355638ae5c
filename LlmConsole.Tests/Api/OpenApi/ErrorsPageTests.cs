using System.Net;
using System.Text.RegularExpressions;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api.OpenApi;

public sealed partial class ErrorsPageTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Anchors_Always_AreTheErrorCodes()
    {
        var html = await fixture.App.Http.GetStringAsync(new Uri("/docs/errors", UriKind.Relative), TestContext.Current.CancellationToken);

        Anchor().Matches(html).Select(match => match.Groups[1].Value).ShouldBe(ErrorCode.All.Select(code => code.Code), ignoreOrder: true);
    }

    [Fact]
    public async Task Sections_Always_NameStatusAndType()
    {
        var html = WebUtility.HtmlDecode(await fixture.App.Http.GetStringAsync(new Uri("/docs/errors", UriKind.Relative), TestContext.Current.CancellationToken));

        foreach (var code in ErrorCode.All) html.ShouldMatch($"""<h3 id="{code.Code}">[^\n]*\n<p>{code.Status}, <code>{code.Type}</code>""");
    }

    [Fact]
    public void All_Always_HoldsEveryCode() =>
        typeof(ErrorCode).GetFields().Where(field => field.FieldType == typeof(ErrorCode)).Select(field => (ErrorCode)field.GetValue(null)!).ShouldBe(ErrorCode.All, ignoreOrder: true);

    [GeneratedRegex("<h3 id=\"([^\"]+)\"")]
    private static partial Regex Anchor();
}
