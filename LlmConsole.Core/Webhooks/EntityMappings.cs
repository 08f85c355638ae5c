using LlmConsole.Core.Storage;
using LlmConsole.Core.Webhooks;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

[assembly: EntityMappings(typeof(DeliveryMapping), typeof(DeliveryAttemptMapping))]

namespace LlmConsole.Core.Webhooks;

/// <summary>No foreign key leads to the endpoint: one that was just deleted must not undo the end of a job that still meant to tell it.</summary>
internal sealed class DeliveryMapping : IEntityTypeConfiguration<Delivery>
{
    public void Configure(EntityTypeBuilder<Delivery> builder)
    {
        builder.ToTable("webhook_deliveries");
        builder.HasKey(delivery => delivery.Id);
        builder.HasIndex(delivery => new { delivery.State, delivery.NextAt });
        builder.HasIndex(delivery => new { delivery.EndpointId, delivery.Id });
        builder.HasIndex(delivery => delivery.SubjectId);
        builder.Property(delivery => delivery.Id).HasMaxLength(64);
        builder.Property(delivery => delivery.MessageId).HasMaxLength(64);
        builder.Property(delivery => delivery.EndpointId).HasMaxLength(64);
        builder.Property(delivery => delivery.TenantId).HasMaxLength(64);
        builder.Property(delivery => delivery.EventType).HasMaxLength(64);
        builder.Property(delivery => delivery.SubjectId).HasMaxLength(64);
        builder.Property(delivery => delivery.LastError).HasMaxLength(DeliveryAttempt.MaxTextLength);
    }
}

internal sealed class DeliveryAttemptMapping : IEntityTypeConfiguration<DeliveryAttempt>
{
    public void Configure(EntityTypeBuilder<DeliveryAttempt> builder)
    {
        builder.ToTable("webhook_attempts");
        builder.HasKey(attempt => new { attempt.DeliveryId, attempt.Number });
        builder.HasOne<Delivery>().WithMany().HasForeignKey(attempt => attempt.DeliveryId).OnDelete(DeleteBehavior.Cascade);
        builder.Property(attempt => attempt.DeliveryId).HasMaxLength(64);
        builder.Property(attempt => attempt.RequestHeaders).HasJsonColumn();
        builder.Property(attempt => attempt.ResponseHeaders).HasJsonColumn();
        builder.Property(attempt => attempt.ResponseStart).HasMaxLength(DeliveryAttempt.MaxTextLength);
        builder.Property(attempt => attempt.Error).HasMaxLength(DeliveryAttempt.MaxTextLength);
        builder.Ignore(attempt => attempt.IsSuccess);
    }
}
