using LlmConsole.Core.Alerts;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

[assembly: EntityMappings(typeof(AlertMapping), typeof(AlertReaderMapping), typeof(AlertDismissalMapping), typeof(AlertLeaseMapping))]

namespace LlmConsole.Core.Alerts;

internal sealed class AlertMapping : IEntityTypeConfiguration<Alert>
{
    public void Configure(EntityTypeBuilder<Alert> builder)
    {
        builder.ToTable("alerts");
        builder.HasKey(alert => alert.Id);
        builder.HasIndex(alert => alert.OpenKey).IsUnique();
        builder.HasIndex(alert => alert.FiredAt);
        builder.HasIndex(alert => alert.ResolvedAt);
        builder.Property(alert => alert.Id).HasMaxLength(64);
        builder.Property(alert => alert.RuleId).HasMaxLength(64);
        builder.Property(alert => alert.TenantId).HasMaxLength(64);
        builder.Property(alert => alert.Webhooks).HasJsonColumn().HasDefaultValueSql("'[]'");
    }
}

internal sealed class AlertReaderMapping : IEntityTypeConfiguration<AlertReader>
{
    public void Configure(EntityTypeBuilder<AlertReader> builder)
    {
        builder.ToTable("alert_readers");
        builder.HasKey(reader => reader.UserId);
        builder.Property(reader => reader.UserId).HasMaxLength(64);
    }
}

internal sealed class AlertDismissalMapping : IEntityTypeConfiguration<AlertDismissal>
{
    public void Configure(EntityTypeBuilder<AlertDismissal> builder)
    {
        builder.ToTable("alert_dismissals");
        builder.HasKey(dismissal => new { dismissal.UserId, dismissal.AlertId });
        builder.HasOne<Alert>().WithMany().HasForeignKey(dismissal => dismissal.AlertId).OnDelete(DeleteBehavior.Cascade);
        builder.Property(dismissal => dismissal.UserId).HasMaxLength(64);
        builder.Property(dismissal => dismissal.AlertId).HasMaxLength(64);
    }
}

internal sealed class AlertLeaseMapping : IEntityTypeConfiguration<AlertLease>
{
    public void Configure(EntityTypeBuilder<AlertLease> builder)
    {
        builder.ToTable("alert_lease");
        builder.Property(lease => lease.Id).ValueGeneratedNever();
        builder.Property(lease => lease.Holder).HasMaxLength(64);
        builder.HasData(new AlertLease());
    }
}
