using System.Buffers.Text;

namespace LlmConsole.Core.Caching;

/// <summary>Writes a JSON number so that the same value has the same bytes, however it was spelled, and exactly: no digit is lost.</summary>
internal static class CanonicalNumber
{
    /// <summary>A longer exponent is kept as spelled; nobody means one.</summary>
    private const int MostExponentDigits = 17;

    /// <param name="number">As JSON allows it: sign, digits, fraction, exponent.</param>
    public static void Write(ReadOnlySpan<byte> number, PooledBytes to)
    {
        var isNegative = number[0] == '-';
        var mantissa = isNegative ? number[1..] : number;
        var exponentAt = mantissa.IndexOfAny((byte)'e', (byte)'E');
        long exponent = 0;
        if (exponentAt >= 0 && !TryExponent(mantissa[(exponentAt + 1)..], out exponent))
        {
            to.Add((byte)'N');
            to.Add(number);
            to.Add((byte)';');
            return;
        }

        if (exponentAt >= 0) mantissa = mantissa[..exponentAt];
        var point = mantissa.IndexOf((byte)'.');
        var whole = (point < 0 ? mantissa : mantissa[..point]).TrimStart((byte)'0');
        var fraction = (point < 0 ? [] : mantissa[(point + 1)..]).TrimEnd((byte)'0');
        to.Add((byte)'n');
        Write(isNegative, whole, fraction, exponent, to);
        to.Add((byte)';');
    }

    /// <summary>As 0.DIGITS × 10^EXPONENT, the digits without zeros at either end; zero has none, and no sign.</summary>
    private static void Write(bool isNegative, ReadOnlySpan<byte> whole, ReadOnlySpan<byte> fraction, long exponent, PooledBytes to)
    {
        exponent += whole.Length;
        if (fraction.IsEmpty) whole = whole.TrimEnd((byte)'0');
        if (whole.IsEmpty)
        {
            var digits = fraction.TrimStart((byte)'0');
            exponent -= fraction.Length - digits.Length;
            fraction = digits;
        }

        if (whole.IsEmpty && fraction.IsEmpty) return;
        if (isNegative) to.Add((byte)'-');
        to.Add(whole);
        to.Add(fraction);
        to.Add((byte)'e');
        Utf8Formatter.TryFormat(exponent, to.Room(20), out var written);
        to.Advance(written);
    }

    private static bool TryExponent(ReadOnlySpan<byte> text, out long exponent)
    {
        var isNegative = text[0] == '-';
        var digits = (text[0] is (byte)'-' or (byte)'+' ? text[1..] : text).TrimStart((byte)'0');
        exponent = 0;
        if (digits.Length > MostExponentDigits) return false;
        foreach (var digit in digits) exponent = (exponent * 10) + digit - '0';
        if (isNegative) exponent = -exponent;
        return true;
    }
}
