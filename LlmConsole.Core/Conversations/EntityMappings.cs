using LlmConsole.Core.Configuration;
using LlmConsole.Core.Conversations;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

[assembly: EntityMappings(typeof(ConversationMapping), typeof(MessageMapping))]

namespace LlmConsole.Core.Conversations;

internal sealed class ConversationMapping : IEntityTypeConfiguration<Conversation>
{
    public void Configure(EntityTypeBuilder<Conversation> builder)
    {
        builder.ToTable("conversations");
        builder.Property(conversation => conversation.Id).HasMaxLength(64);
        builder.Property(conversation => conversation.LeafId).HasMaxLength(64);
        builder.HasIndex(conversation => new { conversation.UserId, conversation.UpdatedAt });
        builder.HasIndex(conversation => conversation.DeletedAt);
        builder.HasOne<User>().WithMany().HasForeignKey(conversation => conversation.UserId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class MessageMapping : IEntityTypeConfiguration<Message>
{
    public void Configure(EntityTypeBuilder<Message> builder)
    {
        builder.ToTable("messages");
        builder.Property(message => message.Id).HasMaxLength(64);
        builder.Property(message => message.ParentId).HasMaxLength(64);
        builder.HasIndex(message => message.ConversationId);
        builder.HasOne<Conversation>().WithMany().HasForeignKey(message => message.ConversationId).OnDelete(DeleteBehavior.Cascade);
    }
}
