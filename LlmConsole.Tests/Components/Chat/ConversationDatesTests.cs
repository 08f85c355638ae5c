using LlmConsole.Components.Chat.History;

namespace LlmConsole.Tests.Components.Chat;

public sealed class ConversationDatesTests
{
    [Theory]
    [InlineData("2026-11-23T23:30:00Z", 0, "Today")]
    [InlineData("2026-11-23T18:00:00Z", 330, "Yesterday")]
    [InlineData("2026-11-23T18:40:00Z", 330, "Today")]
    [InlineData("2026-11-22T00:00:00Z", 0, "Yesterday")]
    [InlineData("2026-11-17T00:00:00Z", 0, "Previous 7 days")]
    [InlineData("2026-11-16T00:00:00Z", 0, "Previous 30 days")]
    [InlineData("2026-09-01T00:00:00Z", 0, "September 2026")]
    [InlineData("2026-12-01T00:00:00Z", 0, "Today")]
    public void GroupOf_Moment_IsInTheReadersZone(string moment, int minutes, string expected) =>
        ConversationDates.GroupOf(DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture), new DateTimeOffset(2026, 11, 23, 23, 59, 0, TimeSpan.Zero), TimeSpan.FromMinutes(minutes)).ShouldBe(expected);
}
