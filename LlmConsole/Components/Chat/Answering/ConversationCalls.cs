using System.Buffers;
using System.Text.Json;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Conversations;
using LlmConsole.Core.Wire;

namespace LlmConsole.Components.Chat.Answering;

/// <summary>Turns a conversation into a call on the road: the request that any OpenAI client would send, in the name of the user's tenant.</summary>
internal sealed class ConversationCalls(ConfigurationStore configuration, TimeProvider time)
{
    /// <summary>The most messages that are sent; older ones are left out.</summary>
    public const int MaxMessages = 100;

    /// <summary>The messages of the thread that are sent. Answers without text (refused, or just beginning) say nothing to a model.</summary>
    public static IReadOnlyList<string> Sent(ConversationThread thread) => [.. thread.Turns.Where(turn => turn.HasText).TakeLast(MaxMessages).Select(turn => turn.MessageId)];

    /// <exception cref="RefusalException">The user may not chat now; the message says why and what to do.</exception>
    public ChatCall Create(string userId, string? tenantId, string requestId, string model, IEnumerable<Message> messages) => new()
    {
        RequestId = requestId,
        Caller = CallerOf(userId, tenantId),
        Body = Body(model, messages),
        StartedAt = time.GetUtcNow(),
        Route = "chat page",
        StartedTimestamp = time.GetTimestamp(),
    };

    /// <summary>The names that the tenant may use, in order. Patterns are left out: they name no model.</summary>
    public IReadOnlyList<string> ModelsOf(string? tenantId)
    {
        var snapshot = configuration.Current;
        if (tenantId is null || snapshot.CallerOf(tenantId) is not { } caller) return [];
        return [.. snapshot.Models.Values.Where(model => !model.IsPattern && caller.MayUse(model.Name)).Select(model => model.Name).Order(StringComparer.OrdinalIgnoreCase)];
    }

    private Caller CallerOf(string userId, string? tenantId)
    {
        var caller = tenantId is null ? null : configuration.Current.CallerOf(tenantId, userId: userId);
        if (caller is null) throw new RefusalException(ErrorCode.PermissionDenied, "Your account belongs to no tenant, and calls are made in the name of one. An administrator can give your account a tenant.");
        if (caller.Tenant.Status == TenantStatus.Active) return caller;
        var reason = caller.Tenant.StatusReason is { Length: > 0 } text ? $" The reason given: {text}" : "";
        throw new RefusalException(ErrorCode.TenantSuspended, $"{caller.Tenant.Name} is suspended, so nothing can be asked in its name.{reason} An administrator can resume it.");
    }

    private static ReadOnlyMemory<byte> Body(string model, IEnumerable<Message> messages)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("model", model);
        json.WriteStartArray("messages");
        foreach (var message in messages)
        {
            json.WriteStartObject();
            json.WriteString("role", message.Role == MessageRole.User ? "user" : "assistant");
            json.WriteString("content", message.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteBoolean("stream", true);
        json.WriteStartObject("stream_options");
        json.WriteBoolean("include_usage", true);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
