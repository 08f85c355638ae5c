namespace LlmConsole.Bench;

/// <summary>What is asked of a server.</summary>
/// <param name="Name">The letter in the tables.</param>
/// <param name="Text">In words.</param>
/// <param name="Connections">Calls at once.</param>
/// <param name="Model">What the mock provider reads: <c>mock-TOKENS-FIRSTMS-GAPMS</c>.</param>
/// <param name="Stream">Whether answers are streamed.</param>
/// <param name="Prompts">How many different prompts there are; none means that each is new.</param>
/// <param name="Rate">Calls a second in an open loop; none means that each connection calls again when it was answered.</param>
internal sealed record Scenario(string Name, string Text, int Connections, string Model, bool Stream, int? Prompts = null, int? Rate = null)
{
    /// <summary>Bodies of documents, from many clients at once: what counts is memory.</summary>
    public static readonly Scenario Burst = new("M", "1,500 connections with bodies of 150 KB", 1_500, "mock-50-200-0", Stream: false) { PromptBytes = 150_000 };

    public static readonly IReadOnlyList<Scenario> All =
    [
        new("A", "a whole answer, 32 connections, every prompt new", 32, "mock-50-0-0", Stream: false),
        new("L", "a whole answer, 300 calls a second", 64, "mock-50-0-0", Stream: false, Rate: 300),
        new("B", "a stream of 50 tokens without delay, 32 connections", 32, "mock-50-0-0", Stream: true),
        new("C", "500 streams at once, a token every 50 ms", 500, "mock-40-20-50", Stream: true),
        new("D", "answers from the exact cache, 16 prompts, 32 connections", 32, "mock-50-0-0", Stream: false, Prompts: 16),
    ];

    public static Scenario Named(string name) => All.First(scenario => scenario.Name == name);

    public int PromptBytes { get; init; } = 300;

    /// <summary>What the server needs beside a key.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Tokens of a stream; CPU is told by the token where the pace is given.</summary>
    public int Tokens => int.Parse(Model.Split('-')[1]);

    public bool PerToken => Name == "C";
}
