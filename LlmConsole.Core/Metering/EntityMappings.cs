using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace LlmConsole.Core.Metering;

internal sealed class UsageRecordMapping : IEntityTypeConfiguration<UsageRecord>
{
    public void Configure(EntityTypeBuilder<UsageRecord> builder)
    {
        builder.ToTable("usage_records", table =>
        {
            table.HasCheckConstraint("ck_usage_records_cost", "cost >= 0 AND saved_cost >= 0");
            table.HasCheckConstraint("ck_usage_records_tokens", "input_tokens >= 0 AND cached_input_tokens >= 0 AND output_tokens >= 0 AND reasoning_tokens >= 0");
        });

        // A surrogate key in order of arrival keeps inserts at the end of the table and pages of the newest calls cheap.
        builder.Property<long>("Sequence").ValueGeneratedOnAdd();
        builder.HasKey("Sequence");
        builder.HasIndex(record => record.RequestId).IsUnique();
        builder.HasIndex(record => record.StartedAt);
        builder.HasIndex(record => new { record.TenantId, record.StartedAt });
        builder.HasIndex(record => new { record.KeyId, record.StartedAt });
        builder.Property(record => record.RequestId).HasMaxLength(64);
        builder.Property(record => record.TenantId).HasMaxLength(64);
        builder.Property(record => record.KeyId).HasMaxLength(64);
    }
}
