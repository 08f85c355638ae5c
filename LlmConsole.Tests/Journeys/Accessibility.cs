using LlmConsole.Tests.Support;
using Microsoft.Playwright;

namespace LlmConsole.Tests.Journeys;

/// <summary>What axe-core finds on a page. Its script is fetched by <c>npm ci</c> into <c>Journeys/axe</c>; nothing of it ships.</summary>
internal static class Accessibility
{
    private const string Serious = """
        async () => {
            const found = await axe.run(document, { resultTypes: ['violations'] });
            return found.violations.filter(rule => rule.impact === 'serious' || rule.impact === 'critical')
                .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 160)}: ${node.failureSummary.split('\n').slice(1, 2).join('').trim()}`));
        }
        """;

    private static readonly string Package = Path.Combine(RepositoryFiles.Root, "LlmConsole.Tests", "Journeys", "axe", "node_modules", "axe-core", "axe.min.js");

    private static readonly Lazy<string> Script = new(() => File.ReadAllText(Package));

    /// <summary>Skips the test where axe-core isn't installed.</summary>
    public static void Require() => Needs.File(Package, "axe-core is not installed: run npm ci in LlmConsole.Tests/Journeys/axe.");

    /// <summary>What is serious or critical, each with the place, the element and the reason.</summary>
    public static async Task<IEnumerable<string>> FindingsAsync(IPage page, string place)
    {
        await page.EvaluateAsync(Script.Value);
        return (await page.EvaluateAsync<string[]>(Serious)).Select(finding => $"{place}: {finding}");
    }
}
