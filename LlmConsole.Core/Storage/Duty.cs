using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

[assembly: EntityMappings(typeof(DutyMapping))]

namespace LlmConsole.Core.Storage;

/// <summary>Work that the instances of a deployment do from time to time, one of them for all.</summary>
public sealed record Duty
{
    public required string Name { get; init; }

    /// <summary>Nobody does it before.</summary>
    public required DateTimeOffset NotBefore { get; init; }
}

internal sealed class DutyMapping : IEntityTypeConfiguration<Duty>
{
    public void Configure(EntityTypeBuilder<Duty> builder)
    {
        builder.ToTable("duties");
        builder.HasKey(duty => duty.Name);
        builder.Property(duty => duty.Name).HasMaxLength(64);
    }
}
