using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Budgets;

/// <summary>The limits of one holder while they are being edited, as the fields hold them.</summary>
public sealed class LimitsDraft(LimitSet limits)
{
    public LimitEntry RequestsPerMinute { get; } = new(limits.RequestsPerMinute);

    public LimitEntry TokensPerMinute { get; } = new(limits.TokensPerMinute);

    public LimitEntry Concurrency { get; } = new(limits.Concurrency);

    public LimitEntry MaxOutputTokens { get; } = new(limits.MaxOutputTokens);

    public LimitEntry MaxPromptTokens { get; } = new(limits.MaxPromptTokens);

    /// <summary>The limits; what can't be read adds problems.</summary>
    /// <param name="prefix">What stands before the names of the fields, such as <c>overrides.</c>.</param>
    public LimitSet Read(string prefix, ICollection<Problem> problems) => new()
    {
        RequestsPerMinute = RequestsPerMinute.Read(prefix + "requestsPerMinute", problems),
        TokensPerMinute = TokensPerMinute.Read(prefix + "tokensPerMinute", problems),
        Concurrency = Concurrency.Read(prefix + "concurrency", problems),
        MaxOutputTokens = MaxOutputTokens.Read(prefix + "maxOutputTokens", problems),
        MaxPromptTokens = MaxPromptTokens.Read(prefix + "maxPromptTokens", problems),
    };
}
