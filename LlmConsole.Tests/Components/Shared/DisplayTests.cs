using LlmConsole.Components.Shared;

namespace LlmConsole.Tests.Components.Shared;

public sealed class DisplayTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, "0")]
    [InlineData(99_999, "99,999")]
    [InlineData(100_000, "100\u00a0k")]
    [InlineData(999_499, "999\u00a0k")]
    [InlineData(999_500, "1.00\u00a0M")]
    [InlineData(1_240_000, "1.24\u00a0M")]
    [InlineData(12_400_000, "12.4\u00a0M")]
    [InlineData(999_499_999, "999\u00a0M")]
    [InlineData(3_000_000_000, "3.00\u00a0G")]
    [InlineData(-1_240_000, "-1.24\u00a0M")]
    public void Compact_Number_KeepsThreeFigures(long value, string text) => Display.Compact(value).ShouldBe(text);

    [Theory]
    [InlineData(null, "–")]
    [InlineData(0.4, "0\u00a0ms")]
    [InlineData(412.3, "412\u00a0ms")]
    [InlineData(999.6, "1.0\u00a0s")]
    [InlineData(3_210.0, "3.2\u00a0s")]
    [InlineData(59_960.0, "1\u00a0min 0\u00a0s")]
    [InlineData(125_000.0, "2\u00a0min 5\u00a0s")]
    public void Duration_Milliseconds_HasItsUnit(double? milliseconds, string text) => Display.Duration(milliseconds).ShouldBe(text);

    [Theory]
    [InlineData(-3, "just now")]
    [InlineData(-59, "59\u00a0s ago")]
    [InlineData(-300, "5\u00a0min ago")]
    [InlineData(-90_000, "1\u00a0day ago")]
    [InlineData(259_200, "in 3\u00a0days")]
    [InlineData(-31_536_000, "12\u00a0months ago")]
    public void Relative_Moment_IsInWords(int seconds, string text) => Display.Relative(Now.AddSeconds(seconds), Now).ShouldBe(text);

    [Theory]
    [InlineData("80 % of its 50 tokens, resets on 1 Dec", "80\u00a0% of its 50 tokens, resets on 1 Dec")]
    [InlineData("longer than 1 min 30 s or 5 %.", "longer than 1\u00a0min 30\u00a0s or 5\u00a0%.")]
    [InlineData("< 0.1 %", "<\u00a00.1\u00a0%")]
    [InlineData("3 models, 2 sums, 4 Mbit", "3 models, 2 sums, 4 Mbit")]
    public void Whole_Sentence_KeepsNumbersWithTheirUnits(string sentence, string whole) => Display.Whole(sentence).ShouldBe(whole);

    [Theory]
    [InlineData("req_short", "req_short")]
    [InlineData("ten_01m84fd37vfr3vyme5nxxnt3gn", "ten_01m8…xnt3gn")]
    public void ShortId_Id_LosesItsMiddle(string id, string text) => Display.ShortId(id).ShouldBe(text);
}
