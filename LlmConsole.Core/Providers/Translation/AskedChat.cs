using System.ClientModel.Primitives;
using System.Runtime.InteropServices;
using System.Text.Json;
using Anthropic.Models.Messages;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace LlmConsole.Core.Providers.Translation;

/// <summary>A chat completions request in the words of Microsoft.Extensions.AI: its messages by that library's converter from OpenAI's, its options by <see cref="AskedOptions"/>.</summary>
internal sealed record AskedChat(IReadOnlyList<ChatMessage> Messages, ChatOptions Options, bool Stream)
{
    /// <exception cref="UntranslatableException">It holds something that can't be said in them.</exception>
    public static AskedChat Read(ReadOnlyMemory<byte> body)
    {
        var request = JsonElement.Parse(body.Span);
        if (request.TryGetProperty("n", out var n) && n.ValueKind == JsonValueKind.Number && n.GetInt32() > 1)
            throw new UntranslatableException("This model gives one answer to a request: n must be 1.");
        var isStream = request.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True;
        return new AskedChat([.. request.GetProperty("messages").EnumerateArray().Select(Message)], AskedOptions.Read(request), isStream);
    }

    private static ChatMessage Message(JsonElement json, int index)
    {
        ChatMessage message;
        try
        {
            var asOpenAI = ModelReaderWriter.Read<OpenAI.Chat.ChatMessage>(BinaryData.FromBytes(JsonMarshal.GetRawUtf8Value(json).ToArray()))!;
            message = new[] { asOpenAI }.AsChatMessages().Single();
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or InvalidOperationException or NotSupportedException or KeyNotFoundException)
        {
            throw new UntranslatableException($"messages[{index}] is not a message that this model's vendor understands.");
        }

        // Where a tool takes no arguments, clients send an empty string.
        foreach (var call in message.Contents.OfType<FunctionCallContent>()) call.Arguments ??= new Dictionary<string, object?>();
        MarkForCache(json, message);
        return message;
    }

    /// <summary>Anthropic's <c>cache_control</c> on a part of the content, as many OpenAI clients send it.</summary>
    private static void MarkForCache(JsonElement json, ChatMessage message)
    {
        if (!json.TryGetProperty("content", out var parts) || parts.ValueKind != JsonValueKind.Array || parts.GetArrayLength() > message.Contents.Count) return;
        for (var i = 0; i < parts.GetArrayLength(); i++)
        {
            if (!parts[i].TryGetProperty("cache_control", out var control) || control.ValueKind != JsonValueKind.Object) continue;
            var isHour = control.TryGetProperty("ttl", out var ttl) && ttl.ValueKind == JsonValueKind.String && ttl.GetString() == "1h";
            message.Contents[i].WithCacheControl(isHour ? Ttl.Ttl1h : null);
        }
    }
}
