using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

[assembly: EntityMappings(
    typeof(TierMapping), typeof(TenantMapping), typeof(ApiKeyMapping), typeof(UserLimitMapping), typeof(ProviderMapping), typeof(ModelMapping),
    typeof(WebhookEndpointMapping), typeof(AlertRuleMapping), typeof(CacheGenerationMapping), typeof(RevisionMapping), typeof(EditMapping), typeof(AuditEntryMapping), typeof(UserMapping),
    typeof(KeyRingMapping))]

namespace LlmConsole.Core.Configuration;

internal sealed class TierMapping : IEntityTypeConfiguration<Tier>
{
    public void Configure(EntityTypeBuilder<Tier> builder)
    {
        builder.ToTable("tiers");
        builder.Property(tier => tier.Id).HasMaxLength(64);
        builder.Property(tier => tier.Name).HasMaxLength(ConfigurationValidator.MaxNameLength);
        builder.Property(tier => tier.Models).HasJsonColumn();
        builder.Property(tier => tier.Quotas).HasJsonColumn();
        builder.Property(tier => tier.Timeouts!).HasJsonColumn().IsRequired(false);

        // Tiers of the first release have no policy: everything is off.
        builder.Property(tier => tier.Cache).HasJsonColumn().HasDefaultValueSql("'{}'");
        builder.Ignore(tier => tier.Limits);
    }
}

internal sealed class TenantMapping : IEntityTypeConfiguration<Tenant>
{
    public void Configure(EntityTypeBuilder<Tenant> builder)
    {
        builder.ToTable("tenants");
        builder.Property(tenant => tenant.Id).HasMaxLength(64);
        builder.Property(tenant => tenant.Name).HasMaxLength(ConfigurationValidator.MaxNameLength);
        builder.Property(tenant => tenant.Overrides).HasJsonColumn();
        builder.Property(tenant => tenant.Quotas!).HasJsonColumn();
        builder.Property(tenant => tenant.Cache!).HasJsonColumn();
        builder.Property(tenant => tenant.Bodies!).HasJsonColumn();
        builder.HasOne<Tier>().WithMany().HasForeignKey(tenant => tenant.TierId).OnDelete(DeleteBehavior.Restrict);
    }
}

internal sealed class ApiKeyMapping : IEntityTypeConfiguration<ApiKey>
{
    public void Configure(EntityTypeBuilder<ApiKey> builder)
    {
        builder.ToTable("api_keys");
        builder.Property(key => key.Id).HasMaxLength(64);
        builder.Property(key => key.Name).HasMaxLength(ConfigurationValidator.MaxNameLength);
        builder.Property(key => key.Hash).HasConversion(hash => hash.ToBytes(), bytes => KeyHash.From(bytes));
        builder.HasIndex(key => key.Hash).IsUnique();
        builder.Property(key => key.LastFour).HasMaxLength(4);
        builder.Property(key => key.Models).HasJsonColumn();
        builder.Property(key => key.Limits).HasJsonColumn();
        builder.Property(key => key.Quotas).HasJsonColumn();
        builder.Property(key => key.IpAllow).HasJsonColumn();
        builder.HasOne<Tenant>().WithMany().HasForeignKey(key => key.TenantId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class UserLimitMapping : IEntityTypeConfiguration<UserLimit>
{
    public void Configure(EntityTypeBuilder<UserLimit> builder)
    {
        builder.ToTable("user_limits");
        builder.Property(limit => limit.Id).HasMaxLength(64);
        builder.Ignore(limit => limit.Name);
        builder.Property(limit => limit.Limits).HasJsonColumn();
        builder.Property(limit => limit.Quotas).HasJsonColumn();
        builder.HasIndex(limit => new { limit.TenantId, limit.UserId }).IsUnique();
        builder.HasOne<Tenant>().WithMany().HasForeignKey(limit => limit.TenantId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class ProviderMapping : IEntityTypeConfiguration<Provider>
{
    public void Configure(EntityTypeBuilder<Provider> builder)
    {
        builder.ToTable("providers");
        builder.Property(provider => provider.Id).HasMaxLength(64);
        builder.Property(provider => provider.Name).HasMaxLength(ConfigurationValidator.MaxNameLength);
        builder.Property(provider => provider.BaseUrl).HasConversion(url => url!.ToString(), text => new Uri(text));
    }
}

internal sealed class ModelMapping : IEntityTypeConfiguration<Model>
{
    public void Configure(EntityTypeBuilder<Model> builder)
    {
        builder.ToTable("models");
        builder.Property(model => model.Id).HasMaxLength(64);
        builder.Property(model => model.Name).HasMaxLength(ModelRules.MaxModelName);
        builder.Property(model => model.Targets).HasJsonColumn();
        builder.Property(model => model.Fallbacks).HasJsonColumn();
        builder.Property(model => model.Timeouts).HasJsonColumn();
        builder.Property(model => model.Prices).HasJsonColumn();
        builder.Property(model => model.Resilience).HasJsonColumn().HasDefaultValueSql("'{}'");
    }
}

internal sealed class WebhookEndpointMapping : IEntityTypeConfiguration<WebhookEndpoint>
{
    public void Configure(EntityTypeBuilder<WebhookEndpoint> builder)
    {
        builder.ToTable("webhook_endpoints");
        builder.Property(endpoint => endpoint.Id).HasMaxLength(64);
        builder.Property(endpoint => endpoint.Url).HasConversion(url => url.ToString(), text => new Uri(text)).HasMaxLength(WebhookEndpoint.MaxUrlLength);
        builder.Property(endpoint => endpoint.Events).HasJsonColumn();
        builder.Ignore(endpoint => endpoint.Name);
        builder.Ignore(endpoint => endpoint.IsEnabled);
        builder.Ignore(endpoint => endpoint.IsGivenUp);
        builder.HasOne<Tenant>().WithMany().HasForeignKey(endpoint => endpoint.TenantId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class AlertRuleMapping : IEntityTypeConfiguration<AlertRule>
{
    public void Configure(EntityTypeBuilder<AlertRule> builder)
    {
        builder.ToTable("alert_rules");
        builder.Property(rule => rule.Id).HasMaxLength(64);
        builder.Property(rule => rule.Name).HasMaxLength(ConfigurationValidator.MaxNameLength);
        builder.Property(rule => rule.Webhooks).HasJsonColumn().HasDefaultValueSql("'[]'");
        builder.HasOne<Tenant>().WithMany().HasForeignKey(rule => rule.TenantId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class CacheGenerationMapping : IEntityTypeConfiguration<CacheGeneration>
{
    public void Configure(EntityTypeBuilder<CacheGeneration> builder)
    {
        builder.ToTable("cache_generations");
        builder.Property(generation => generation.Id).HasMaxLength(512);
    }
}

internal sealed class RevisionMapping : IEntityTypeConfiguration<ConfigurationRevision>
{
    public void Configure(EntityTypeBuilder<ConfigurationRevision> builder)
    {
        builder.ToTable("configuration_revision");
        builder.Property(revision => revision.Id).ValueGeneratedNever();
        builder.HasData(new ConfigurationRevision());
    }
}

internal sealed class EditMapping : IEntityTypeConfiguration<ConfigurationEdit>
{
    public void Configure(EntityTypeBuilder<ConfigurationEdit> builder)
    {
        builder.ToTable("configuration_edits");
        builder.HasKey(edit => edit.Revision);
        builder.Property(edit => edit.Revision).ValueGeneratedNever();
        builder.Property(edit => edit.Id).HasMaxLength(64).IsRequired();
        builder.Property(edit => edit.Objects!).HasJsonColumn().IsRequired(false);
    }
}

internal sealed class AuditEntryMapping : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> builder)
    {
        builder.ToTable("audit_entries");
        builder.Property(entry => entry.Id).HasMaxLength(64);
        builder.HasIndex(entry => new { entry.ObjectKind, entry.ObjectId });
    }
}

internal sealed class UserMapping : IEntityTypeConfiguration<User>, IEntityTypeConfiguration<IdentityUserClaim<string>>,
    IEntityTypeConfiguration<IdentityUserLogin<string>>, IEntityTypeConfiguration<IdentityUserToken<string>>
{
    public void Configure(EntityTypeBuilder<User> builder)
    {
        builder.ToTable("users");
        builder.Property(user => user.ConcurrencyStamp).IsConcurrencyToken();
        builder.Property(user => user.Email).HasMaxLength(256);
        builder.Property(user => user.NormalizedEmail).HasMaxLength(256);
        builder.HasIndex(user => user.NormalizedEmail).IsUnique();
        builder.HasIndex(user => user.NormalizedUserName).IsUnique();
        builder.HasOne<Tenant>().WithMany().HasForeignKey(user => user.TenantId).OnDelete(DeleteBehavior.SetNull);
    }

    public void Configure(EntityTypeBuilder<IdentityUserClaim<string>> builder)
    {
        builder.ToTable("user_claims");
        builder.HasOne<User>().WithMany().HasForeignKey(claim => claim.UserId).OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<IdentityUserLogin<string>> builder)
    {
        builder.ToTable("user_logins");
        builder.HasKey(login => new { login.LoginProvider, login.ProviderKey });
        builder.HasOne<User>().WithMany().HasForeignKey(login => login.UserId).OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<IdentityUserToken<string>> builder)
    {
        builder.ToTable("user_tokens");
        builder.HasKey(token => new { token.UserId, token.LoginProvider, token.Name });
        builder.HasOne<User>().WithMany().HasForeignKey(token => token.UserId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class KeyRingMapping : IEntityTypeConfiguration<KeyRingEntry>
{
    public void Configure(EntityTypeBuilder<KeyRingEntry> builder)
    {
        builder.ToTable("key_ring");
        builder.HasKey(entry => entry.Name);
        builder.Property(entry => entry.Name).HasMaxLength(128);
    }
}
