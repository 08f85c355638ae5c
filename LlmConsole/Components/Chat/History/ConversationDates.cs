using System.Globalization;

namespace LlmConsole.Components.Chat.History;

/// <summary>The headings of the conversation list, in the reader's zone.</summary>
internal static class ConversationDates
{
    public static string GroupOf(DateTimeOffset moment, DateTimeOffset now, TimeSpan offset)
    {
        var day = DateOnly.FromDateTime(moment.ToOffset(offset).DateTime);
        return (DateOnly.FromDateTime(now.ToOffset(offset).DateTime).DayNumber - day.DayNumber) switch
        {
            <= 0 => "Today",
            1 => "Yesterday",
            < 7 => "Previous 7 days",
            < 30 => "Previous 30 days",
            _ => day.ToString("MMMM yyyy", CultureInfo.InvariantCulture),
        };
    }
}
