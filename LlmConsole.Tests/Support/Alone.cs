namespace LlmConsole.Tests.Support;

/// <summary>Tests that take as many processes as the machine has cores and more, and that count on those to get their turns, run one class after the other, after everything else.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = nameof(Alone);
}
