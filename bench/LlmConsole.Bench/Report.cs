using System.Globalization;
using System.Text;

namespace LlmConsole.Bench;

/// <summary>The results as a table in Markdown and a chart in SVG. Of several rounds the lowest CPU counts: what else runs on a machine can only add.</summary>
internal static class Report
{
    private const int RowHeight = 26;
    private const int BarsAt = 190;
    private const int BarsWidth = 420;

    public static void Write(Options options, IReadOnlyList<Peer> peers, IReadOnlyList<ColdStart> starts, IReadOnlyList<Measurement> results, IReadOnlyList<Burst> bursts)
    {
        Directory.CreateDirectory(options.Out);
        var text = new StringBuilder("| server | what it does |\n| --- | --- |\n");
        foreach (var peer in peers) text.Append(CultureInfo.InvariantCulture, $"| {peer.Name} | {peer.Does}{(peer.Missing is { } missing ? $" (left out: {missing})" : "")} |\n");
        text.Append("\n| server | first answer | memory, idle |\n| --- | --- | --- |\n");
        foreach (var start in starts) text.Append(CultureInfo.InvariantCulture, $"| {start.Server} | {start.Seconds:0.00} s | {start.Memory:0} MB |\n");
        foreach (var scenario in Scenario.All.Where(scenario => results.Any(result => result.Scenario == scenario.Name))) Table(text, scenario, results);
        if (bursts.Count > 0) text.Append(CultureInfo.InvariantCulture, $"\n**{Scenario.Burst.Name}**: {Scenario.Burst.Text}\n\n| server | memory before | at most | a minute later | answered | errors |\n| --- | --- | --- | --- | --- | --- |\n");
        foreach (var burst in bursts) text.Append(CultureInfo.InvariantCulture, $"| {burst.Server} | {burst.Idle:0} MB | {burst.Most:0} MB | {burst.Later:0} MB | {burst.Ok} | {burst.Errors} |\n");
        File.WriteAllText(Path.Combine(options.Out, "results.md"), text.ToString());
        File.WriteAllText(Path.Combine(options.Out, "cpu.svg"), Chart(results));
        Console.WriteLine(text);
    }

    private static void Table(StringBuilder text, Scenario scenario, IReadOnlyList<Measurement> results)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n**{scenario.Name}**: {scenario.Text}\n\n| server | CPU µs a {(scenario.PerToken ? "token" : "call")} | to YARP | median of rounds | p50 µs | p99 µs | errors |\n| --- | --- | --- | --- | --- | --- | --- |\n");
        var yarp = Lowest(results, scenario.Name, "YARP");
        foreach (var rounds in results.Where(result => result.Scenario == scenario.Name).GroupBy(result => result.Server))
        {
            var (low, median) = (rounds.Min(round => round.Cpu), Median(rounds.Select(round => round.Cpu)));
            text.Append(CultureInfo.InvariantCulture, $"| {rounds.Key} | {low:0.0} | {(yarp is { } bare ? $"{low / bare:0.00} ×" : "–")} | {median:0.0} | {Median(rounds.Select(round => round.Load.P50)):0} | {Median(rounds.Select(round => round.Load.P99)):0} | {rounds.Sum(round => round.Load.Errors)} |\n");
        }
    }

    private static double? Lowest(IReadOnlyList<Measurement> results, string scenario, string server) =>
        results.Where(result => result.Scenario == scenario && result.Server == server).Select(result => (double?)result.Cpu).Min();

    private static double Median(IEnumerable<double> values) => values.Order().ToArray() is var sorted && sorted.Length > 0 ? sorted[sorted.Length / 2] : 0;

    /// <summary>A bar for each server and scenario, by its ratio to bare YARP, on a logarithmic scale. The colours read on light and on dark.</summary>
    private static string Chart(IReadOnlyList<Measurement> results)
    {
        var bars = (from result in results
                    group result by (result.Scenario, result.Server) into rounds
                    let yarp = Lowest(results, rounds.Key.Scenario, "YARP")
                    where yarp is not null
                    select (rounds.Key.Scenario, rounds.Key.Server, Ratio: rounds.Min(round => round.Cpu) / yarp.Value)).ToList();
        var (least, most) = (Math.Log(0.2), Math.Log(Math.Max(2, bars.Select(bar => bar.Ratio).DefaultIfEmpty(1).Max())));
        var height = (bars.Count * RowHeight) + 40;
        var svg = new StringBuilder().Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 700 {height}\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#7d8590\"><title>CPU of each server as a multiple of bare YARP</title>\n");
        var one = BarsAt + (-least / (most - least) * BarsWidth);
        for (var i = 0; i < bars.Count; i++)
        {
            var (scenario, server, ratio) = bars[i];
            var (y, width) = (i * RowHeight + 8, Math.Max(2, (Math.Log(ratio) - least) / (most - least) * BarsWidth));
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{BarsAt - 8}\" y=\"{y + 14}\" text-anchor=\"end\">{scenario} {server}</text><rect x=\"{BarsAt}\" y=\"{y}\" width=\"{width:0}\" height=\"18\" rx=\"3\" fill=\"{(server == "LlmConsole" ? "#5b6ee1" : "#9aa4b2")}\"/><text x=\"{BarsAt + width + 6:0}\" y=\"{y + 14}\">{ratio:0.00} ×</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{one:0}\" x2=\"{one:0}\" y1=\"0\" y2=\"{height - 28}\" stroke=\"#d29922\" stroke-dasharray=\"4 3\"/><text x=\"{one:0}\" y=\"{height - 12}\" text-anchor=\"middle\">bare YARP = 1 (logarithmic)</text>\n</svg>\n");
        return svg.ToString();
    }
}
