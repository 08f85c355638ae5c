using LlmConsole.Core.Idempotency;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

[assembly: EntityMappings(typeof(IdempotencyRecordMapping))]

namespace LlmConsole.Core.Idempotency;

internal sealed class IdempotencyRecordMapping : IEntityTypeConfiguration<IdempotencyRecord>
{
    public void Configure(EntityTypeBuilder<IdempotencyRecord> builder)
    {
        builder.ToTable("idempotency_keys");
        builder.HasKey(record => new { record.TenantId, record.Key });
        builder.HasIndex(record => record.RequestId);
        builder.HasIndex(record => record.ExpiresAt);
        builder.Property(record => record.TenantId).HasMaxLength(64);
        builder.Property(record => record.Key).HasMaxLength(IdempotentRequest.MaxKeyLength);
        builder.Property(record => record.PayloadHash).HasMaxLength(64);
        builder.Property(record => record.RequestId).HasMaxLength(64);
    }
}
