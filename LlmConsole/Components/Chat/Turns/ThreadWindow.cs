using LlmConsole.Core.Conversations;

namespace LlmConsole.Components.Chat.Turns;

/// <summary>The part of a thread that is on the page: of a long one, the messages around where its reader is.</summary>
/// <param name="First">The place of the first message in the thread.</param>
/// <param name="Shown">The messages with their places, oldest first.</param>
public sealed record ThreadWindow(int First, IReadOnlyList<ShownTurn> Shown)
{
    /// <summary>Twice as many as fill the highest screen with the shortest messages, so that there is always something to scroll to.</summary>
    public const int Size = 100;

    public static readonly ThreadWindow Empty = new(0, []);

    /// <summary>How many messages stand before the end of the window.</summary>
    public int End => First + Shown.Count;

    /// <summary>Reads the messages around a place in the thread.</summary>
    public static async Task<ThreadWindow> AroundAsync(ConversationStore store, string userId, ConversationThread thread, int place, CancellationToken cancellation)
    {
        var first = Math.Clamp(place - (Size / 2), 0, Math.Max(0, thread.Turns.Count - Size));
        var turns = thread.Turns.Skip(first).Take(Size).ToList();
        var messages = (await store.ReadAsync(userId, thread.Conversation.Id, [.. turns.Select(turn => turn.MessageId)], cancellation)).ToDictionary(message => message.Id);
        return new ThreadWindow(first, [.. turns.Where(turn => messages.ContainsKey(turn.MessageId)).Select(turn => new ShownTurn(turn, messages[turn.MessageId]))]);
    }
}

/// <summary>A message and its place on the branch.</summary>
public sealed record ShownTurn(Turn Turn, Message Message);
