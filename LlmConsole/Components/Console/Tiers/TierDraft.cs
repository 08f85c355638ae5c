using LlmConsole.Components.Shared;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Tiers;

/// <summary>A tier while it is being edited, as the fields hold it.</summary>
internal sealed class TierDraft(Tier? tier)
{
    public string Name { get; set; } = tier?.Name ?? "";

    public LimitEntry RequestsPerMinute { get; } = new(tier is null ? 60 : tier.RequestsPerMinute);

    public LimitEntry TokensPerMinute { get; } = new(tier?.TokensPerMinute);

    public LimitEntry Concurrency { get; } = new(tier is null ? 10 : tier.Concurrency);

    public LimitEntry MaxOutputTokens { get; } = new(tier is null ? 4_096 : tier.MaxOutputTokens);

    public string Models { get; set; } = TextList.Join(tier?.Models ?? ["*"]);

    /// <exception cref="ConfigurationInvalidException">A number can't be read.</exception>
    public Tier ToTier(TimeProvider time)
    {
        var problems = new List<Problem>();
        var result = (tier ?? new Tier { Id = Ids.New("tier", time), Name = "", CreatedAt = time.GetUtcNow() }) with
        {
            Name = Name.Trim(),
            RequestsPerMinute = RequestsPerMinute.Read("requestsPerMinute", problems),
            TokensPerMinute = TokensPerMinute.Read("tokensPerMinute", problems),
            Concurrency = Concurrency.Read("concurrency", problems),
            MaxOutputTokens = MaxOutputTokens.Read("maxOutputTokens", problems),
            Models = TextList.Split(Models),
        };
        return problems.Count == 0 ? result : throw new ConfigurationInvalidException(problems);
    }
}
