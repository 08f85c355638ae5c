using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Views;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

[assembly: EntityMappings(typeof(SavedViewMapping))]

namespace LlmConsole.Core.Views;

internal sealed class SavedViewMapping : IEntityTypeConfiguration<SavedView>
{
    public void Configure(EntityTypeBuilder<SavedView> builder)
    {
        builder.ToTable("saved_views");
        builder.Property(view => view.Id).HasMaxLength(64);
        builder.Property(view => view.Name).HasMaxLength(SavedViews.LongestName);
        builder.Property(view => view.Path).HasMaxLength(64);
        builder.HasIndex(view => new { view.UserId, view.Path, view.Name }).IsUnique();
        builder.HasOne<User>().WithMany().HasForeignKey(view => view.UserId).OnDelete(DeleteBehavior.Cascade);
    }
}
