using System.Text.RegularExpressions;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Docs;

/// <summary>The page on security names no test that isn't there.</summary>
public sealed partial class SecurityTests
{
    [Fact]
    public void Tests_ThatAreNamed_Exist()
    {
        var tests = typeof(SecurityTests).Assembly.GetTypes().Select(type => type.Name).ToHashSet();
        var named = RepositoryFiles.Lines("docs/security.md").SelectMany(line => TestName().Matches(line)).Select(name => name.Groups[1].Value).ToList();

        named.Count.ShouldBeGreaterThan(60);
        named.Where(name => !tests.Contains(name)).ShouldBeEmpty();
    }

    [GeneratedRegex(@"`(\w+Tests)`")]
    private static partial Regex TestName();
}
