using System.Globalization;
using System.Text;
using FsCheck.Fluent;
using LlmConsole.Core;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Metering;

public sealed class ShortDecimalTests
{
    [Fact]
    public void Format_AsADecimalIsWritten() => Prop.ForAll(ArbMap.Default.ArbFor<long>(), ArbMap.Default.ArbFor<int>(), (number, shift) =>
    {
        foreach (var parts in (ReadOnlySpan<long>)[number, number >> (shift & 63), number / 1000 * 1000])
        {
            new Usd(parts).ToInvariant().ShouldBe(((decimal)parts / Usd.NanosPerDollar).ToString("0.#########", CultureInfo.InvariantCulture));
        }
    }).Holds(2_000);

    [Theory]
    [InlineData(long.MinValue, 9, "-9223372036.854775808")]
    [InlineData(long.MaxValue, 18, "9.223372036854775807")]
    [InlineData(0, 3, "0")]
    [InlineData(-1, 3, "-0.001")]
    [InlineData(12_340, 3, "12.34")]
    [InlineData(5, 0, "5")]
    public void Format_AtItsBounds(long parts, int decimals, string text)
    {
        Span<byte> to = stackalloc byte[ShortDecimal.MaxLength];

        Encoding.ASCII.GetString(to[..ShortDecimal.Format(parts, decimals, to)]).ShouldBe(text);
    }
}
