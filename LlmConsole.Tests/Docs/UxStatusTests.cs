using System.Globalization;
using System.Text.RegularExpressions;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Docs;

/// <summary>The list of what a person can do claims nothing that no test shows.</summary>
public sealed partial class UxStatusTests
{
    private const int Points = 78;

    private static readonly Match[] Rows = [.. RepositoryFiles.Lines("docs/ux-status.md").Select(line => Row().Match(line)).Where(row => row.Success)];

    [Fact]
    public void Points_Always_StandOnceInOrder() =>
        Rows.Select(row => row.Groups["point"].Value).ShouldBe(Enumerable.Range(1, Points).Select(point => string.Create(CultureInfo.InvariantCulture, $"U{point:00}")));

    [Fact]
    public void Tests_ThatAreNamed_Exist()
    {
        var tests = typeof(UxStatusTests).Assembly.GetTypes().Where(type => type.IsPublic)
            .SelectMany(type => type.GetMethods().Where(method => method.IsDefined(typeof(FactAttribute), inherit: true)).Select(method => $"{type.Name}.{method.Name}")).ToHashSet();

        Rows.SelectMany(row => Named(row.Groups["note"].Value)).Where(test => !tests.Contains(test)).ShouldBeEmpty();
    }

    [Fact]
    public void Holding_Always_NamesATest() =>
        Rows.Where(row => row.Groups["status"].Value == "holds" && !Named(row.Groups["note"].Value).Any()).Select(row => row.Value).ShouldBeEmpty();

    private static IEnumerable<string> Named(string note) => TestName().Matches(note).Select(name => name.Groups[1].Value);

    [GeneratedRegex(@"^\| (?<point>U\d\d) \| (?<status>holds|not yet) \| (?<note>.*\S) \|$")]
    private static partial Regex Row();

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex TestName();
}
