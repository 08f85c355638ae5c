using LlmConsole.Components.Shared;

namespace LlmConsole.Tests.Components.Shared;

public sealed class DisplayTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, "0")]
    [InlineData(99_999, "99,999")]
    [InlineData(100_000, "100 k")]
    [InlineData(999_499, "999 k")]
    [InlineData(999_500, "1.00 M")]
    [InlineData(1_240_000, "1.24 M")]
    [InlineData(12_400_000, "12.4 M")]
    [InlineData(999_499_999, "999 M")]
    [InlineData(3_000_000_000, "3.00 G")]
    [InlineData(-1_240_000, "-1.24 M")]
    public void Compact_Number_KeepsThreeFigures(long value, string text) => Display.Compact(value).ShouldBe(text);

    [Theory]
    [InlineData(null, "–")]
    [InlineData(0.4, "0 ms")]
    [InlineData(412.3, "412 ms")]
    [InlineData(999.6, "1.0 s")]
    [InlineData(3_210.0, "3.2 s")]
    [InlineData(59_960.0, "1 min 0 s")]
    [InlineData(125_000.0, "2 min 5 s")]
    public void Duration_Milliseconds_HasItsUnit(double? milliseconds, string text) => Display.Duration(milliseconds).ShouldBe(text);

    [Theory]
    [InlineData(-3, "just now")]
    [InlineData(-59, "59 s ago")]
    [InlineData(-300, "5 min ago")]
    [InlineData(-90_000, "1 day ago")]
    [InlineData(259_200, "in 3 days")]
    [InlineData(-31_536_000, "12 months ago")]
    public void Relative_Moment_IsInWords(int seconds, string text) => Display.Relative(Now.AddSeconds(seconds), Now).ShouldBe(text);

    [Theory]
    [InlineData("req_short", "req_short")]
    [InlineData("ten_01m84fd37vfr3vyme5nxxnt3gn", "ten_01m8…xnt3gn")]
    public void ShortId_Id_LosesItsMiddle(string id, string text) => Display.ShortId(id).ShouldBe(text);
}
