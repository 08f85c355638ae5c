using System.Text.RegularExpressions;
using LlmConsole.Core;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Architecture;

/// <summary>Keeps the dependencies one-way: who may import whom is the table below, and nothing else.</summary>
public sealed partial class ArrowsTests
{
    private const string Core = "LlmConsole.Core";
    private static readonly string[] OnTheRoad = ["Wire", "Configuration", "Storage", "Redis", "Telemetry"];

    /// <summary>The rooms of the engine, each with the rooms that it may import. The root (money, identifiers) is open to all.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        [""] = [],
        ["Wire"] = [],
        ["Storage"] = [],
        ["Telemetry"] = [],
        ["Redis"] = ["Telemetry"],
        ["Configuration"] = ["Storage", "Redis"],
        ["Limits"] = OnTheRoad,
        ["Caching"] = OnTheRoad,
        ["Providers"] = OnTheRoad,
        ["Metering"] = OnTheRoad,
        ["Routing"] = [.. OnTheRoad, "Providers"],
        ["Idempotency"] = ["Wire", "Configuration", "Storage"],
        ["Bodies"] = OnTheRoad,
        ["Chat"] = [.. OnTheRoad, "Bodies", "Limits", "Caching", "Routing", "Providers", "Metering", "Idempotency"],
        ["Webhooks"] = ["Configuration", "Storage", "Telemetry"],
        ["Alerts"] = ["Configuration", "Storage", "Redis", "Telemetry", "Limits", "Metering", "Routing", "Webhooks"],
        ["Jobs"] = [.. OnTheRoad, "Chat", "Limits", "Metering", "Idempotency", "Webhooks"],
        ["Conversations"] = ["Configuration", "Storage"],
        ["Views"] = ["Configuration", "Storage"],
    };

    [Fact]
    public void Rooms_Always_ImportOnlyWhatTheTableAllows() =>
        (from file in RepositoryFiles.Below(Core, "*.cs").Where(file => !file.Contains("/Migrations/"))
         let room = RoomOf(file)
         from imported in Imports(RepositoryFiles.Lines(file))
         where imported != room && imported != "" && !(Allowed.GetValueOrDefault(room) ?? []).Contains(imported)
         select $"{file} imports {imported}").ShouldBeEmpty();

    [Fact]
    public void Rooms_Always_StandInTheTable() =>
        RepositoryFiles.Below(Core, "*.cs").Select(RoomOf).Distinct().ShouldBeSubsetOf(Allowed.Keys);

    [Fact]
    public void Core_Always_ReferencesNoWebAssembly() =>
        typeof(Usd).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name!)
            .Where(name => name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal))
            .ShouldBeEmpty();

    [Fact]
    public void CoreProject_Always_NamesNoWebFramework()
    {
        var project = string.Concat(RepositoryFiles.Lines($"{Core}/{Core}.csproj"));

        project.ShouldNotContain("FrameworkReference");
        project.ShouldNotContain("Microsoft.AspNetCore");
    }

    [Theory]
    [InlineData("using LlmConsole.Core.Chat;", "Chat")]
    [InlineData("using static LlmConsole.Core.Chat.Road;", "Chat")]
    [InlineData("global using Road = LlmConsole.Core.Chat.Road;", "Chat")]
    [InlineData("    void Fail(Wire.RefusalException refusal);", "Wire")]
    [InlineData("    Core.Metering.Outcome Outcome", "Metering")]
    [InlineData("// see Chat.Road", null)]
    public void Imports_OfALine_AreSeen(string line, string? room) =>
        Imports([line]).ShouldBe(room is null ? [] : [room]);

    private static string RoomOf(string file) => file.Split('/') is [_, var room, _, ..] ? room : "";

    /// <summary>Rooms that are imported, or named in passing: inside the namespace of one room, <c>Wire.X</c> reaches another without a using line.</summary>
    private static IEnumerable<string> Imports(string[] lines) => lines
        .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && !line.StartsWith("namespace ", StringComparison.Ordinal))
        .SelectMany(line => Import().Matches(line).Select(match => match.Groups["room"].Value)
            .Concat(InPassing().Matches(line).Select(match => match.Groups["room"].Value)))
        .Where(Allowed.ContainsKey).Distinct();

    [GeneratedRegex(@"LlmConsole\.Core\.(?<room>\w+)")]
    private static partial Regex Import();

    [GeneratedRegex(@"(?<![\w.""/])(Core\.)?(?<room>[A-Z]\w+)\.[A-Z]\w+(?![\w.]*"")")]
    private static partial Regex InPassing();
}
