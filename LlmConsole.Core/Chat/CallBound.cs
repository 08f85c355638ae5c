using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;

namespace LlmConsole.Core.Chat;

/// <summary>What a call can use at most.</summary>
/// <param name="PromptTokens">Those of the prompt, with a fifth more for vendors who cut their tokens smaller.</param>
/// <param name="OutputTokens">Those of all answers that it asks for.</param>
/// <param name="Prompt">What the prompt costs.</param>
/// <param name="Most">What all of it costs.</param>
/// <param name="IsPriced">Whether the model has a price; without one nothing is charged.</param>
public readonly record struct CallBound(long PromptTokens, long OutputTokens, Usd Prompt, Usd Most, bool IsPriced)
{
    internal static CallBound Of(in Demand demand, long output, bool isPriced) =>
        new(demand.PromptTokens, output * demand.Choices, new Usd(demand.WorstCase(QuotaUnit.Usd, 0)), new Usd(demand.WorstCase(QuotaUnit.Usd, output)), isPriced);
}
