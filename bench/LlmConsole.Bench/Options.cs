namespace LlmConsole.Bench;

/// <summary>What is to be measured.</summary>
internal sealed record Options
{
    public required string Repository { get; init; }
    public required string Work { get; init; }
    public required string Out { get; init; }
    public IReadOnlyList<string> Scenarios { get; init; } = [.. Scenario.All.Append(Scenario.Burst).Select(scenario => scenario.Name)];

    /// <summary>Names of servers; all of them when empty.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];
    public int Rounds { get; init; } = 5;

    /// <summary>Of one load.</summary>
    public double Seconds { get; init; } = 4;

    /// <summary>None when the arguments say something else.</summary>
    public static Options? Read(string[] args)
    {
        var repository = AppContext.BaseDirectory;
        while (repository is not null && !File.Exists(Path.Combine(repository, "LlmConsole.sln"))) repository = Path.GetDirectoryName(repository);
        if (repository is null) return null;
        var options = new Options { Repository = repository, Work = Path.Combine(Path.GetTempPath(), "llmconsole-bench"), Out = Path.Combine(repository, "artifacts/bench") };
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            var value = args[i + 1];
            switch (args[i])
            {
                case "--scenarios": options = options with { Scenarios = value.Split(',') }; break;
                case "--servers": options = options with { Only = value.Split(',') }; break;
                case "--rounds": options = options with { Rounds = int.Parse(value) }; break;
                case "--seconds": options = options with { Seconds = double.Parse(value) }; break;
                case "--out": options = options with { Out = value }; break;
                default: return null;
            }
        }

        return args.Length % 2 == 0 ? options : null;
    }

    public static int Usage()
    {
        Console.Error.WriteLine("dotnet run -c Release --project bench/LlmConsole.Bench [--scenarios A,L,B,C,D,M] [--servers YARP,LlmConsole] [--rounds 5] [--seconds 4] [--out artifacts/bench]");
        return 2;
    }
}
