using System.Text.Json;
using System.Text.Unicode;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Caching;

/// <summary>Whether an answer may be given again: complete in every choice, not filtered, not empty. Of a name that stands twice in an object, the last one counts.</summary>
/// <param name="Choices">How many were asked for.</param>
/// <param name="MayEndByLength">The request itself set the length that ended it.</param>
/// <param name="MayCallTools">The policy lets tool calls be kept.</param>
internal readonly record struct AnswerCheck(int Choices, bool MayEndByLength, bool MayCallTools)
{
    public bool Passes(ReadOnlySpan<byte> completion)
    {
        // What can't be read as text couldn't be made a stream of again.
        if (!Utf8.IsValid(completion) || !JsonText.IsText(completion)) return false;
        var json = new Utf8JsonReader(completion);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return false;
        var passes = false;
        while (json.Read() && json.TokenType != JsonTokenType.EndObject)
        {
            if (json.ValueTextEquals("choices"u8)) passes = ChoicesPass(ref json);
            else json.Skip();
        }

        return passes;
    }

    private bool ChoicesPass(ref Utf8JsonReader json)
    {
        json.Read();
        var (count, passed) = (0, 0);
        if (json.TokenType == JsonTokenType.StartArray)
        {
            for (; json.Read() && json.TokenType != JsonTokenType.EndArray; count++)
            {
                if (json.TokenType == JsonTokenType.StartObject && ChoicePasses(ref json)) passed++;
                else json.Skip();
            }
        }

        json.Skip();
        return count == Choices && passed == count;
    }

    private bool ChoicePasses(ref Utf8JsonReader json)
    {
        var (message, ends) = (default(Message), false);
        while (json.Read() && json.TokenType != JsonTokenType.EndObject)
        {
            if (json.ValueTextEquals("message"u8)) message = Message.Read(ref json);
            else if (json.ValueTextEquals("finish_reason"u8)) ends = Ends(ref json);
            else json.Skip();
        }

        return ends && !message.Refuses && (message.CallsTools ? MayCallTools && message.AreCalls : message.HasContent);
    }

    private bool Ends(ref Utf8JsonReader json)
    {
        json.Read();
        var ends = json.TokenType == JsonTokenType.String
            && (json.ValueTextEquals("stop"u8) || (MayEndByLength && json.ValueTextEquals("length"u8)) || (MayCallTools && (json.ValueTextEquals("tool_calls"u8) || json.ValueTextEquals("function_call"u8))));
        json.Skip();
        return ends;
    }

    /// <summary>What a message holds; nothing when it is no object.</summary>
    private struct Message
    {
        private bool _callsTool;
        private bool _callsFunction;

        public bool HasContent { get; private set; }
        public bool Refuses { get; private set; }

        /// <summary>Every tool call is an object.</summary>
        public bool AreCalls { get; private set; }
        public readonly bool CallsTools => _callsTool || _callsFunction;

        public static Message Read(ref Utf8JsonReader json)
        {
            var message = new Message { AreCalls = true };
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
            {
                json.Skip();
                return message;
            }

            while (json.Read() && json.TokenType != JsonTokenType.EndObject)
            {
                if (json.ValueTextEquals("content"u8)) message.HasContent = Has(ref json, out _);
                else if (json.ValueTextEquals("refusal"u8)) message.Refuses = Has(ref json, out _);
                else if (json.ValueTextEquals("function_call"u8)) message._callsFunction = Has(ref json, out _);
                else if (json.ValueTextEquals("tool_calls"u8)) (message._callsTool, message.AreCalls) = (Has(ref json, out var areObjects), areObjects);
                else json.Skip();
            }

            return message;
        }

        /// <param name="areObjects">False when the value is an array that holds something else than objects.</param>
        private static bool Has(ref Utf8JsonReader json, out bool areObjects)
        {
            areObjects = true;
            json.Read();
            if (json.TokenType != JsonTokenType.StartArray)
            {
                var has = json.TokenType == JsonTokenType.StartObject || (json.TokenType == JsonTokenType.String && json.ValueSpan.Length > 0);
                json.Skip();
                return has;
            }

            var count = 0;
            for (; json.Read() && json.TokenType != JsonTokenType.EndArray; count++)
            {
                areObjects &= json.TokenType == JsonTokenType.StartObject;
                json.Skip();
            }

            return count > 0;
        }
    }
}
