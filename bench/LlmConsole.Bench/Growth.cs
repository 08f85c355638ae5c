using System.Globalization;
using System.Text;

namespace LlmConsole.Bench;

/// <summary>
/// Whether a call costs more where there is more: a gateway with next to nothing in it, and one with many tenants, keys, records and answers, take turns under the same load of
/// as many keys of as many tenants. Only what nobody calls with differs.
/// </summary>
internal static class Growth
{
    private const int MockPort = 9390;
    private const int OtherCore = 1;
    private const int Starts = 3;
    private const int WarmUps = 8;

    public static async Task<int> RunAsync(string[] args)
    {
        if (Options.Read([]) is not { } options || GrowthOptions.Read(args) is not { } wanted) return GrowthOptions.Usage();
        var app = Path.Combine(options.Work, "image");
        Directory.CreateDirectory(options.Work);
        await Gateway.PublishAsync(options.Repository, app, asInTheImage: true);
        using var mock = Server.Start(OtherCore, Peers.Self, ["mock", $"{MockPort}"]);
        await mock.ListensAsync(MockPort);
        using var empty = new GrowthSide("nothing else", app, new GrowthState(Path.Combine(options.Work, $"growth-{wanted.Callers}"), wanted.Empty, wanted.Callers), 8392);
        using var full = new GrowthSide("all of it", app, new GrowthState(Path.Combine(options.Work, $"growth-{wanted.Callers}-{wanted.Full.Tenants}-{wanted.Full.Keys}-{wanted.Full.Records}"), wanted.Full, wanted.Callers), 8393);
        GrowthSide[] sides = [empty, full];
        foreach (var side in sides) await side.PrepareAsync(MockPort);
        for (var i = 0; i < Starts; i++)
        {
            foreach (var side in sides) await side.TimeStartAsync();
        }

        foreach (var side in sides) await side.StartAsync();
        await full.FillCacheAsync(wanted.Full.Entries);
        foreach (var scenario in wanted.Scenarios) await MeasureAsync(Scenario.Named(scenario), sides, wanted);
        foreach (var side in sides) await side.TimeConsoleAsync();
        var report = Report(wanted, empty, full);
        Directory.CreateDirectory(options.Out);
        await File.WriteAllTextAsync(Path.Combine(options.Out, "growth.md"), report);
        Console.WriteLine(report);
        return sides.Sum(side => side.Errors) == 0 ? 0 : 1;
    }

    private static async Task MeasureAsync(Scenario scenario, GrowthSide[] sides, GrowthOptions wanted)
    {
        for (var i = 0; i < WarmUps; i++)
        {
            foreach (var side in sides) await side.LoadAsync(scenario, wanted.Seconds / 2);
        }

        for (var round = 0; round < wanted.Rounds; round++)
        {
            foreach (var side in sides)
            {
                // The load itself fills the cache of the one that shall have nothing in it.
                if (side == sides[0]) await side.PurgeAsync();
                await side.LoadAsync(scenario, wanted.Seconds / 4);
                await side.MeasureAsync(scenario, wanted.Seconds);
            }
        }
    }

    private static string Report(GrowthOptions wanted, GrowthSide empty, GrowthSide full)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Calls with {wanted.Callers:N0} keys of {wanted.Callers / GrowthState.KeysOfCaller:N0} tenants; *{empty.Name}* is {empty.State.Size}; *{full.Name}* is {full.State.Size}.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"| | {empty.Name} | {full.Name} | ratio |\n| --- | --- | --- | --- |\n");
        foreach (var scenario in wanted.Scenarios)
        {
            var (few, many) = (empty.Cpu(scenario), full.Cpu(scenario));
            Row($"{scenario}: CPU a call, lowest round", few[0], many[0], "0.0 µs");
            Row($"{scenario}: CPU a call, median round", few[few.Count / 2], many[many.Count / 2], "0.0 µs");
        }

        Row("first answer after a start", empty.FirstAnswer, full.FirstAnswer, "0.00 s");
        Row("memory two seconds later", empty.IdleMemory, full.IdleMemory, "0 MB");
        Row("memory after the load", empty.Memory, full.Memory, "0 MB");
        foreach (var (what, few) in empty.Console) Row(what, few, full.Console[what], "0 ms");
        return text.ToString();

        void Row(string what, double few, double many, string format) =>
            text.Append(CultureInfo.InvariantCulture, $"| {what} | {few.ToString(format, CultureInfo.InvariantCulture)} | {many.ToString(format, CultureInfo.InvariantCulture)} | {many / few:0.00} × |\n");
    }
}

/// <summary>What is to be compared.</summary>
internal sealed record GrowthOptions
{
    public GrowthSize Full { get; init; } = new(Tenants: 1_000, Keys: 100_000, Records: 5_000_000, Entries: 200_000);

    /// <summary>What the load needs.</summary>
    public GrowthSize Empty => new(Callers / GrowthState.KeysOfCaller, Callers, 0, 0);

    /// <summary>Keys that calls are made with, in turn.</summary>
    public int Callers { get; init; } = 1_000;
    public IReadOnlyList<string> Scenarios { get; init; } = ["A", "D"];
    public int Rounds { get; init; } = 5;
    public double Seconds { get; init; } = 4;

    /// <summary>None when the arguments say something else.</summary>
    public static GrowthOptions? Read(string[] args)
    {
        var options = new GrowthOptions();
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            var value = args[i + 1];
            switch (args[i])
            {
                case "--tenants": options = options with { Full = options.Full with { Tenants = int.Parse(value) } }; break;
                case "--keys": options = options with { Full = options.Full with { Keys = int.Parse(value) } }; break;
                case "--records": options = options with { Full = options.Full with { Records = int.Parse(value) } }; break;
                case "--entries": options = options with { Full = options.Full with { Entries = int.Parse(value) } }; break;
                case "--callers": options = options with { Callers = int.Parse(value) }; break;
                case "--scenarios": options = options with { Scenarios = value.Split(',') }; break;
                case "--rounds": options = options with { Rounds = int.Parse(value) }; break;
                case "--seconds": options = options with { Seconds = double.Parse(value) }; break;
                default: return null;
            }
        }

        var fits = options.Callers >= GrowthState.KeysOfCaller && options.Full.Tenants > options.Callers / GrowthState.KeysOfCaller && options.Full.Keys / options.Full.Tenants >= GrowthState.KeysOfCaller;
        return args.Length % 2 == 0 && fits ? options : null;
    }

    public static int Usage()
    {
        Console.Error.WriteLine("dotnet run -c Release --project bench/LlmConsole.Bench -- growth [--tenants 1000] [--keys 100000] [--records 5000000] [--entries 200000] [--callers 1000] [--scenarios A,D] [--rounds 5] [--seconds 4]");
        Console.Error.WriteLine("Callers are keys that the load uses, ten of a tenant; there must be more tenants than theirs, and ten keys of each or more.");
        return 2;
    }
}
