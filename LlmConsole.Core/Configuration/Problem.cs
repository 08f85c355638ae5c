namespace LlmConsole.Core.Configuration;

/// <summary>What is wrong with a proposed configuration.</summary>
/// <param name="Field">The field as the API names it, such as <c>requestsPerMinute</c> or <c>targets[0].provider</c>; empty for the whole.</param>
/// <param name="Message">What is wrong and what would be right.</param>
public sealed record Problem(string Field, string Message);

/// <summary>A change was refused; nothing was saved.</summary>
public sealed class ConfigurationInvalidException(IReadOnlyList<Problem> problems)
    : Exception(string.Join(" ", problems.Select(problem => problem.Message)))
{
    public IReadOnlyList<Problem> Problems { get; } = problems;
}
