namespace LlmConsole.Tests.Support;

/// <summary>Tests that start browsers or whole processes run one class after the other, after everything else: beside each other they would starve on a small machine.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = nameof(Alone);
}
