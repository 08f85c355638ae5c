using LlmConsole.Core.Bodies;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

[assembly: EntityMappings(typeof(KeptBodyMapping))]

namespace LlmConsole.Core.Bodies;

internal sealed class KeptBodyMapping : IEntityTypeConfiguration<KeptBody>
{
    public void Configure(EntityTypeBuilder<KeptBody> builder)
    {
        // A table of its own: lists of calls never read a body.
        builder.ToTable("kept_bodies");
        builder.HasKey(body => body.RequestId);
        builder.Property(body => body.RequestId).HasMaxLength(64);
        builder.Property(body => body.TenantId).HasMaxLength(64);
        builder.HasIndex(body => body.ExpiresAt);
        builder.HasIndex(body => body.TenantId);
    }
}
