using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

[assembly: EntityMappings(typeof(CachePairMapping))]

namespace LlmConsole.Core.Caching.Semantic;

/// <summary>What shadow mode found: a message, the nearest one that has an answer, and the answers to both, kept because an administrator wished it.</summary>
public sealed record CachePair
{
    public required string Id { get; init; }
    public required string TenantId { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>The call that asked a provider.</summary>
    public required string RequestId { get; init; }
    public required string Model { get; init; }
    public required string Embedder { get; init; }
    public required string Prompt { get; init; }
    public required string NearPrompt { get; init; }

    /// <summary>Cosine of the two messages.</summary>
    public required double Similarity { get; init; }

    /// <summary>The guard that would have held the answer back.</summary>
    public string? Veto { get; init; }
    public required string Answer { get; init; }
    public required string NearAnswer { get; init; }

    /// <summary>Cosine of the two answers, by their words.</summary>
    public required double AnswerSimilarity { get; init; }

    /// <summary>What the call cost, and would not have.</summary>
    public required Usd Cost { get; init; }

    /// <summary>What a human said: the near answer would have been right, or wrong; none while nobody did.</summary>
    public bool? IsRight { get; init; }
}

internal sealed class CachePairMapping : IEntityTypeConfiguration<CachePair>
{
    public void Configure(EntityTypeBuilder<CachePair> builder)
    {
        builder.ToTable("cache_pairs");
        builder.Property(pair => pair.Id).HasMaxLength(64);
        builder.Property(pair => pair.TenantId).HasMaxLength(64);
        builder.Property(pair => pair.RequestId).HasMaxLength(64);
        builder.HasIndex(pair => new { pair.TenantId, pair.At });
        builder.HasIndex(pair => pair.At);
    }
}
