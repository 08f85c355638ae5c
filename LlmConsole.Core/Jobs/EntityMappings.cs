using LlmConsole.Core.Idempotency;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

[assembly: EntityMappings(typeof(JobMapping), typeof(JobItemMapping))]

namespace LlmConsole.Core.Jobs;

internal sealed class JobMapping : IEntityTypeConfiguration<Job>
{
    public void Configure(EntityTypeBuilder<Job> builder)
    {
        builder.ToTable("jobs", table => table.HasCheckConstraint("ck_jobs_counts", "succeeded >= 0 AND failed >= 0 AND succeeded + failed <= total AND spent_nanos >= 0"));
        builder.HasKey(job => job.Id);
        builder.HasIndex(job => new { job.TenantId, job.Id });
        builder.HasIndex(job => new { job.State, job.NotBefore });
        builder.HasIndex(job => new { job.State, job.Id });
        builder.HasIndex(job => new { job.TenantId, job.State, job.Id });
        builder.HasIndex(job => new { job.TenantId, job.IdempotencyKey }).IsUnique();
        builder.Property(job => job.Id).HasMaxLength(64);
        builder.Property(job => job.TenantId).HasMaxLength(64);
        builder.Property(job => job.KeyId).HasMaxLength(64);
        builder.Property(job => job.WebhookId).HasMaxLength(64);
        builder.Property(job => job.Task).HasMaxLength(JobDraft.MaxTaskLength);
        builder.Property(job => job.Pipeline).HasMaxLength(64);
        builder.Property(job => job.Estimate!).HasJsonColumn().IsRequired(false);
        builder.Property(job => job.ErrorCode).HasMaxLength(64);
        builder.Property(job => job.IdempotencyKey).HasMaxLength(IdempotentRequest.MaxKeyLength);
        builder.Property(job => job.PayloadHash).HasMaxLength(64);
    }
}

internal sealed class JobItemMapping : IEntityTypeConfiguration<JobItem>
{
    public void Configure(EntityTypeBuilder<JobItem> builder)
    {
        builder.ToTable("job_items");
        builder.HasKey(item => new { item.JobId, item.Index });
        builder.HasIndex(item => new { item.JobId, item.State, item.Index });
        builder.HasIndex(item => new { item.JobId, item.EndOrder });
        builder.HasOne<Job>().WithMany().HasForeignKey(item => item.JobId).OnDelete(DeleteBehavior.Cascade);
        builder.Property(item => item.JobId).HasMaxLength(64);
        builder.Property(item => item.CustomId).HasMaxLength(JobLine.MaxCustomIdLength);
        builder.Property(item => item.ErrorCode).HasMaxLength(64);
        builder.HasIndex(item => new { item.JobId, item.Parent, item.CustomId });
        builder.Ignore(item => item.RequestId);
    }
}
