using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;

namespace LlmConsole.Api.Admin;

/// <summary>One call as it stands in the books.</summary>
internal sealed record RequestView
{
    public string Object { get; } = "request";

    /// <summary>The id that the caller got as <c>x-request-id</c>.</summary>
    public required string Id { get; init; }
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>The tenant's name, unless it was deleted.</summary>
    public string? Tenant { get; init; }
    public required string TenantId { get; init; }

    /// <summary>The key's name, unless it was deleted.</summary>
    public string? Key { get; init; }
    public string? KeyId { get; init; }
    public string? UserId { get; init; }
    public string? Task { get; init; }

    /// <summary>The model that was asked for.</summary>
    public required string Model { get; init; }

    /// <summary>The model that answered; none when none did.</summary>
    public string? ModelServed { get; init; }
    public string? Provider { get; init; }
    public string? ProviderId { get; init; }
    public string? ProviderModel { get; init; }
    public int Attempts { get; init; }

    /// <summary>Each time that a provider was asked, in order; of more than 20, the first and the last.</summary>
    public required IReadOnlyList<AttemptEntry> AttemptLog { get; init; }
    public bool Stream { get; init; }
    public CacheVerdict Cache { get; init; }
    public Outcome Outcome { get; init; }

    /// <summary>The HTTP status that the caller got; 499 when the caller left before one was sent.</summary>
    public int Status { get; init; }
    public string? ErrorCode { get; init; }
    public string? FinishReason { get; init; }
    public required RequestUsageView Usage { get; init; }

    /// <summary>Dollars.</summary>
    public Usd Cost { get; init; }

    /// <summary>Dollars that the answer would have cost, when it came from the cache.</summary>
    public Usd SavedCost { get; init; }

    /// <summary>The tokens of an answer from the cache: none of them were used.</summary>
    public long SavedTokens { get; init; }

    /// <summary>Dollars that providers took beyond the cost, for answers that broke off and were given up; charged to nobody.</summary>
    public Usd WastedCost { get; init; }

    /// <summary>Dollars that an embedding model took to look in the cache; charged to nobody.</summary>
    public Usd EmbeddingCost { get; init; }

    /// <summary>The tokens of that.</summary>
    public long EmbeddingTokens { get; init; }

    /// <summary>The call whose answer this one was given from the cache.</summary>
    public string? CachedFrom { get; init; }

    /// <summary>How near that call's message is, as cosine, when it isn't the same.</summary>
    public double? CacheSimilarity { get; init; }
    public int? PriceVersion { get; init; }
    public double? FirstTokenMs { get; init; }
    public double DurationMs { get; init; }

    public static RequestView From(UsageRecord record, ConfigurationSnapshot snapshot) => new()
    {
        Id = record.RequestId,
        StartedAt = record.StartedAt,
        Tenant = snapshot.Tenants.GetValueOrDefault(record.TenantId)?.Name,
        TenantId = record.TenantId,
        Key = record.KeyId is { } key ? snapshot.Keys.GetValueOrDefault(key)?.Name : null,
        KeyId = record.KeyId,
        UserId = record.UserId,
        Task = record.Task,
        Model = record.ModelAsked,
        ModelServed = record.ModelServed,
        Provider = record.ProviderId is { } provider ? snapshot.Providers.GetValueOrDefault(provider)?.Name : null,
        ProviderId = record.ProviderId,
        ProviderModel = record.ProviderModel,
        Attempts = record.Attempts,
        AttemptLog = Core.Wire.AttemptLog.Read(record.AttemptLog),
        Stream = record.Stream,
        Cache = record.Cache,
        Outcome = record.Outcome,
        Status = record.Status,
        ErrorCode = record.ErrorCode,
        FinishReason = record.FinishReason,
        Usage = RequestUsageView.From(record),
        Cost = record.Cost,
        SavedCost = record.SavedCost,
        SavedTokens = record.SavedTokens,
        WastedCost = record.WastedCost,
        EmbeddingCost = record.EmbeddingCost,
        EmbeddingTokens = record.EmbeddingTokens,
        CachedFrom = record.CachedFrom,
        CacheSimilarity = record.CacheSimilarity,
        PriceVersion = record.PriceVersion,
        FirstTokenMs = record.FirstTokenMs,
        DurationMs = record.DurationMs,
    };
}

/// <summary>The tokens of a call, in disjoint buckets but for reasoning, which is a part of the output.</summary>
internal sealed record RequestUsageView(long InputTokens, long CachedInputTokens, long CacheWriteTokens, long OutputTokens, long ReasoningTokens, UsageSource Source)
{
    public static RequestUsageView From(UsageRecord record) =>
        new(record.InputTokens, record.CachedInputTokens, record.CacheWriteTokens, record.OutputTokens, record.ReasoningTokens, record.UsageSource);
}
