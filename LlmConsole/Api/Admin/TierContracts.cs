using LlmConsole.Core.Configuration;

namespace LlmConsole.Api.Admin;

/// <summary>A tier as it is sent. A missing or null number means unlimited.</summary>
internal sealed record TierBody : IBody<Tier>
{
    public Optional<string> Name { get; init; }

    /// <summary>Calls admitted in any 60 seconds, per tenant.</summary>
    public Optional<int?> RequestsPerMinute { get; init; }

    /// <summary>Prompt and output tokens in any 60 seconds, per tenant.</summary>
    public Optional<int?> TokensPerMinute { get; init; }

    /// <summary>Calls under way at once, per tenant.</summary>
    public Optional<int?> Concurrency { get; init; }

    /// <summary>The most output tokens of one call.</summary>
    public Optional<int?> MaxOutputTokens { get; init; }

    /// <summary>The most prompt tokens of one call.</summary>
    public Optional<int?> MaxPromptTokens { get; init; }

    /// <summary>Budgets of each tenant on this tier.</summary>
    public Optional<IReadOnlyList<QuotaBody?>> Quotas { get; init; }

    /// <summary>Public model names that may be called; <c>*</c> is all, a trailing <c>*</c> matches a prefix.</summary>
    public Optional<IReadOnlyList<string?>> Models { get; init; }

    /// <summary>Deadlines of calls on this tier, where they are shorter than the model's; null leaves those of the models.</summary>
    public Optional<TimeoutsBody> Timeouts { get; init; }

    /// <summary>Which answers are given again; a missing part stays, null turns everything off.</summary>
    public Optional<CacheBody> Cache { get; init; }

    public Tier ApplyTo(Tier item, Edit edit) => item with
    {
        Name = Name.Or(item.Name) ?? "",
        RequestsPerMinute = RequestsPerMinute.Or(item.RequestsPerMinute),
        TokensPerMinute = TokensPerMinute.Or(item.TokensPerMinute),
        Concurrency = Concurrency.Or(item.Concurrency),
        MaxOutputTokens = MaxOutputTokens.Or(item.MaxOutputTokens),
        MaxPromptTokens = MaxPromptTokens.Or(item.MaxPromptTokens),
        Quotas = Quotas.IsSent ? QuotaBody.ToQuotas(Quotas.Value) : item.Quotas,
        Cache = Cache.IsSent ? Cache.Value?.ApplyTo(item.Cache) ?? CachePolicy.Off : item.Cache,
        Models = Models.IsSent ? Models.Value?.Texts() ?? ["*"] : item.Models,
        Timeouts = Timeouts.IsSent ? Timeouts.Value?.ApplyTo(item.Timeouts) : item.Timeouts,
    };
}

/// <summary>A tier as it is answered.</summary>
internal sealed record TierView
{
    public string Object { get; } = "tier";
    public required string Id { get; init; }
    public required string Name { get; init; }
    public int? RequestsPerMinute { get; init; }
    public int? TokensPerMinute { get; init; }
    public int? Concurrency { get; init; }
    public int? MaxOutputTokens { get; init; }
    public int? MaxPromptTokens { get; init; }
    public required IReadOnlyList<QuotaView> Quotas { get; init; }
    public required IReadOnlyList<string> Models { get; init; }
    public TimeoutLimits? Timeouts { get; init; }
    public required CacheView Cache { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    public static TierView From(Tier tier) => new()
    {
        Id = tier.Id,
        Name = tier.Name,
        RequestsPerMinute = tier.RequestsPerMinute,
        TokensPerMinute = tier.TokensPerMinute,
        Concurrency = tier.Concurrency,
        MaxOutputTokens = tier.MaxOutputTokens,
        MaxPromptTokens = tier.MaxPromptTokens,
        Quotas = QuotaView.From(tier.Quotas),
        Models = tier.Models,
        Timeouts = tier.Timeouts,
        Cache = CacheView.From(tier.Cache),
        CreatedAt = tier.CreatedAt,
    };
}
