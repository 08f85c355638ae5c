using LlmConsole.Core.Configuration;
using LlmConsole.Core.Conversations;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Journeys;

/// <summary>A conversation of ten thousand messages, of one line and of many.</summary>
internal static class LongHistory
{
    public const string Id = "conv_long";
    public const int Messages = 10_000;

    public static async Task WriteAsync(RunningApp app)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var db = await app.Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(cancellation);
        var owner = await db.Set<User>().SingleAsync(cancellation);
        var start = app.Services.GetRequiredService<TimeProvider>().GetUtcNow().AddDays(-1);
        db.Add(new Conversation { Id = Id, UserId = owner.Id, Title = "Ten thousand messages", Model = SampleBooks.FastModel, CreatedAt = start, UpdatedAt = start });
        for (var i = 0; i < Messages; i++)
        {
            var role = i % 2 == 0 ? MessageRole.User : MessageRole.Assistant;
            db.Add(new Message { Id = $"msg_{i:00000}", ConversationId = Id, ParentId = i == 0 ? Id : $"msg_{i - 1:00000}", Role = role, Text = TextOf(i), CreatedAt = start.AddSeconds(i) });
        }

        await db.SaveChangesAsync(cancellation);
    }

    private static string TextOf(int i) => i % 2 == 0 ? $"Question {i}" : $"Answer {i}. {string.Join("\n\n", Enumerable.Repeat("It has a paragraph or more.", 1 + (i % 7)))}";
}
