using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Architecture;

public sealed class HouseRulesTests
{
    private const int MaxLines = 300;
    private static readonly string[] Directories = ["LlmConsole", "LlmConsole.Core", "LlmConsole.Tests", "wwwroot"];
    private static readonly string[] Sources = ["*.cs", "*.razor", "*.css", "*.js"];

    private static readonly string[] TopLevel =
    [
        "LlmConsole", "LlmConsole.Core", "LlmConsole.Tests", "wwwroot", "bench", "deploy", "docs", ".ci", "LlmConsole.sln", "Dockerfile", "README.md", "LICENSE", "global.json",
        "Directory.Build.props", "Directory.Packages.props", "nuget.config", ".editorconfig", ".gitignore", ".gitattributes", ".dockerignore", ".git", ".vs", ".vscode", ".idea", "data", "artifacts", "TestResults",
    ];

    private static IEnumerable<string> SourceFiles =>
        from directory in Directories
        from pattern in Sources
        from file in RepositoryFiles.Below(directory, pattern)
        where !file.Contains("/Migrations/") && !file.Contains("/lib/")
        select file;

    [Fact]
    public void Files_Always_AreShortEnoughToRead() =>
        SourceFiles.Where(file => RepositoryFiles.Lines(file).Length > MaxLines).ShouldBeEmpty();

    [Fact]
    public void TopLevel_Always_HoldsOnlyWhatTheDesignNames() =>
        Directory.EnumerateFileSystemEntries(RepositoryFiles.Root).Select(path => Path.GetFileName(path)).ShouldBeSubsetOf(TopLevel);

    [Theory]
    [InlineData("#region")]
    [InlineData("#pragma warning disable")]
    [InlineData("DateTime.UtcNow")]
    [InlineData("DateTime.Now")]
    [InlineData("DateTimeOffset.UtcNow")]
    [InlineData("DateTimeOffset.Now")]
    [InlineData("Thread.Sleep")]
    [InlineData("NotImplementedException")]
    public void Code_Never_Holds(string forbidden) =>
        SourceFiles.Where(file => !file.EndsWith($"/{nameof(HouseRulesTests)}.cs", StringComparison.Ordinal))
            .Where(file => RepositoryFiles.Lines(file).Any(line => line.Contains(forbidden, StringComparison.Ordinal))).ShouldBeEmpty();

    /// <summary>Whatever changes something wants to know who does: on a page that is only had from the one place that asks for their right at that moment.</summary>
    [Theory]
    [InlineData("Actor.System")]
    [InlineData("new Actor(")]
    [InlineData(".ToActor(")]
    [InlineData("UserEditor.System")]
    public void Pages_NameWhoChangesSomething_OnlyByAskingForTheirRight(string other) =>
        SourceFiles.Where(file => file.StartsWith("LlmConsole/Components/", StringComparison.Ordinal) && !file.EndsWith("/SignedInEditor.cs", StringComparison.Ordinal))
            .Where(file => RepositoryFiles.Lines(file).Any(line => line.Contains(other, StringComparison.Ordinal))).ShouldBeEmpty();

    [Fact]
    public void Tests_Never_WaitForTime() =>
        SourceFiles.Where(file => file.StartsWith("LlmConsole.Tests/", StringComparison.Ordinal) && !file.EndsWith($"/{nameof(HouseRulesTests)}.cs", StringComparison.Ordinal))
            .Where(file => RepositoryFiles.Lines(file).Any(line => line.Contains("Task.Delay(", StringComparison.Ordinal))).ShouldBeEmpty();

    [Theory]
    [InlineData("Manager")]
    [InlineData("Helper")]
    [InlineData("Helpers")]
    [InlineData("Utils")]
    [InlineData("Utility")]
    [InlineData("Base")]
    [InlineData("Service")]
    public void Files_Never_BearAnEmptyName(string suffix) =>
        SourceFiles.Where(file => Path.GetFileNameWithoutExtension(file).EndsWith(suffix, StringComparison.Ordinal)).ShouldBeEmpty();
}
