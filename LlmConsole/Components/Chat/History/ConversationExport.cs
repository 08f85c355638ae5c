using System.Globalization;
using System.Net.Mime;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using LlmConsole.Authentication;
using LlmConsole.Core.Conversations;

namespace LlmConsole.Components.Chat.History;

/// <summary>A conversation as a file: the branch that is shown as Markdown, to be read, or every branch as JSON, to be kept.</summary>
internal static class ConversationExport
{
    public const string Markdown = "markdown";
    public const string Json = "json";

    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static string Address(string conversationId, string format) => $"/chat/{conversationId}/export/{format}";

    public static void MapConversationExport(this WebApplication app) => app
        .MapGet("/chat/{conversationId}/export/{format:regex(^(markdown|json)$)}", ExportAsync).RequireAuthorization(Access.Chat).ExcludeFromDescription();

    private static async Task<IResult> ExportAsync(string conversationId, string format, ClaimsPrincipal user, ConversationStore store, CancellationToken cancellation)
    {
        if (await store.FindAsync(user.Id(), conversationId, cancellation) is not { } thread) return Results.NotFound();
        var messages = await store.ReadAllAsync(user.Id(), conversationId, cancellation);
        return format == Json
            ? Results.File(ToJson(thread, messages), MediaTypeNames.Application.Json, FileName(thread.Conversation, "json"))
            : Results.File(Encoding.UTF8.GetBytes(ToMarkdown(thread, messages)), "text/markdown; charset=utf-8", FileName(thread.Conversation, "md"));
    }

    private static string ToMarkdown(ConversationThread thread, IReadOnlyList<Message> messages)
    {
        var texts = messages.ToDictionary(message => message.Id);
        var text = new StringBuilder($"# {thread.Conversation.Title}\n\nModel {thread.Conversation.Model}, last used {Moment(thread.Conversation.UpdatedAt)}\n");
        foreach (var message in thread.Turns.Select(turn => texts.GetValueOrDefault(turn.MessageId)).OfType<Message>())
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {(message.Role == MessageRole.User ? "Question" : "Answer")}, {Moment(message.CreatedAt)}\n\n{message.Text.Trim()}\n");
            if (message.Role == MessageRole.Assistant && message.State != MessageState.Complete) text.Append(CultureInfo.InvariantCulture, $"\n*{Ending(message)}*\n");
        }

        return text.ToString();
    }

    private static byte[] ToJson(ConversationThread thread, IReadOnlyList<Message> messages)
    {
        var shown = thread.Turns.Select(turn => turn.MessageId).ToHashSet(StringComparer.Ordinal);
        string? before = null;
        return JsonSerializer.SerializeToUtf8Bytes(new
        {
            thread.Conversation.Id,
            thread.Conversation.Title,
            thread.Conversation.Model,
            thread.Conversation.CreatedAt,
            thread.Conversation.UpdatedAt,
            Messages = messages.Select(message => new
            {
                message.Id,
                ParentId = ParentOf(message),
                Role = message.Role.ToString().ToLowerInvariant(),
                message.Text,
                State = message.State.ToString().ToLowerInvariant(),
                message.RequestId,
                message.Error,
                message.CreatedAt,
                Shown = shown.Contains(message.Id),
            }).ToList(),
        }, Indented);

        // As the first release left them, messages follow the one before them; those at the top follow none.
        string? ParentOf(Message message)
        {
            var parent = message.ParentId ?? before;
            before = message.Id;
            return parent == thread.Conversation.Id ? null : parent;
        }
    }

    private static string Ending(Message message) => message.State switch
    {
        MessageState.Failed => message.Error ?? "Failed",
        MessageState.Stopped => "Stopped",
        _ => "Not finished",
    };

    private static string Moment(DateTimeOffset at) => at.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static string FileName(Conversation conversation, string extension)
    {
        var words = string.Concat(conversation.Title.Select(c => char.IsLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-')).Trim('-');
        return $"{(words.Length > 0 ? words : "conversation")}.{extension}";
    }
}
