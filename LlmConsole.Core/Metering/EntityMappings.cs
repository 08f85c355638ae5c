using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

[assembly: EntityMappings(typeof(UsageRecordMapping), typeof(UsageLatencyMapping), typeof(UsageRollupMapping))]

namespace LlmConsole.Core.Metering;

internal sealed class UsageRecordMapping : IEntityTypeConfiguration<UsageRecord>
{
    public void Configure(EntityTypeBuilder<UsageRecord> builder)
    {
        builder.ToTable("usage_records", table =>
        {
            table.HasCheckConstraint("ck_usage_records_cost", "cost >= 0 AND saved_cost >= 0");
            table.HasCheckConstraint("ck_usage_records_tokens", "input_tokens >= 0 AND cached_input_tokens >= 0 AND cache_write_tokens >= 0 AND output_tokens >= 0 AND reasoning_tokens >= 0 AND reasoning_tokens <= output_tokens");
            table.HasCheckConstraint("ck_usage_records_status", "status >= 100 AND status <= 599 AND attempts >= 0");
        });

        // A surrogate key in order of arrival keeps inserts at the end of the table and pages of the newest calls cheap.
        builder.Property<long>("Sequence").ValueGeneratedOnAdd();
        builder.HasKey("Sequence");
        builder.HasIndex(record => record.RequestId).IsUnique();
        builder.HasIndex(record => record.StartedAt);
        builder.HasIndex(record => new { record.TenantId, record.StartedAt });
        builder.HasIndex(record => new { record.KeyId, record.StartedAt });
        builder.Property(record => record.RequestId).HasMaxLength(64);
        builder.Property(record => record.CachedFrom).HasMaxLength(64);
        builder.Property(record => record.TenantId).HasMaxLength(64);
        builder.Property(record => record.KeyId).HasMaxLength(64);
        builder.Property(record => record.Flags).HasConversion<int>();
        builder.Property(record => record.WastedCost).HasDefaultValue(Usd.Zero);
        builder.Property(record => record.EmbeddingCost).HasDefaultValue(Usd.Zero);
    }
}

internal sealed class UsageLatencyMapping : IEntityTypeConfiguration<UsageLatency>
{
    public void Configure(EntityTypeBuilder<UsageLatency> builder)
    {
        builder.ToTable("usage_latency", table => table.HasCheckConstraint("ck_usage_latency_calls", "calls >= 0 AND bucket >= 0"));
        builder.HasKey(latency => new { latency.Hour, latency.TenantId, latency.Model, latency.Metric, latency.Bucket });
        builder.Property(latency => latency.TenantId).HasMaxLength(64);
    }
}

internal sealed class UsageRollupMapping : IEntityTypeConfiguration<UsageRollup>
{
    public void Configure(EntityTypeBuilder<UsageRollup> builder)
    {
        builder.ToTable("usage_rollups", table => table.HasCheckConstraint("ck_usage_rollups_sums", "calls = answered + refused + failed + incomplete + abandoned AND cost_nanos >= 0 AND saved_cost_nanos >= 0"));

        // The tenant comes first: budgets sum one tenant's hours.
        builder.HasKey(rollup => new { rollup.TenantId, rollup.Hour, rollup.KeyId, rollup.UserId, rollup.Model, rollup.Task });
        builder.HasIndex(rollup => rollup.Hour);
        builder.Property(rollup => rollup.TenantId).HasMaxLength(64);
        builder.Property(rollup => rollup.KeyId).HasMaxLength(64);
    }
}
