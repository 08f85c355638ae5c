using LlmConsole.Components.Console.Budgets;
using LlmConsole.Components.Console.Cache;
using LlmConsole.Components.Shared;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Tiers;

/// <summary>A tier while it is being edited, as the fields hold it.</summary>
internal sealed class TierDraft(Tier? tier)
{
    private static readonly LimitSet Usual = new() { RequestsPerMinute = 60, Concurrency = 10, MaxOutputTokens = 4_096 };

    public string Name { get; set; } = tier?.Name ?? "";

    public LimitsDraft Limits { get; } = new(tier?.Limits ?? Usual);

    public List<QuotaDraft> Quotas { get; } = QuotaDraft.Of(tier?.Quotas ?? []);

    public TimeoutsDraft Timeouts { get; } = new(tier?.Timeouts);

    public string Models { get; set; } = TextList.Join(tier?.Models ?? ["*"]);

    public CacheDraft Cache { get; } = new(tier?.Cache ?? CachePolicy.Off);

    /// <exception cref="ConfigurationInvalidException">A number can't be read.</exception>
    public Tier ToTier(TimeProvider time)
    {
        var problems = new List<Problem>();
        var limits = Limits.Read("", problems);
        var result = (tier ?? new Tier { Id = Ids.New("tier", time), Name = "", CreatedAt = time.GetUtcNow() }) with
        {
            Name = Name.Trim(),
            RequestsPerMinute = limits.RequestsPerMinute,
            TokensPerMinute = limits.TokensPerMinute,
            Concurrency = limits.Concurrency,
            MaxOutputTokens = limits.MaxOutputTokens,
            MaxPromptTokens = limits.MaxPromptTokens,
            Quotas = QuotaDraft.Read(Quotas, problems),
            Timeouts = Timeouts.Read(problems),
            Models = TextList.Split(Models),
            Cache = Cache.Read(problems),
        };
        return problems.Count == 0 ? result : throw new ConfigurationInvalidException(problems);
    }
}
