using System.Buffers.Text;
using System.Text.Json;

namespace LlmConsole.Core;

/// <summary>A whole number of small parts (nano-dollars, microseconds) as the plain decimal number that it is, without zeros at its end; a fraction of what formatting a decimal or a double costs.</summary>
public static class ShortDecimal
{
    /// <summary>As many bytes as any number takes: 19 digits, a sign, a point and a zero before it.</summary>
    public const int MaxLength = 22;

    /// <summary>Writes it in ASCII, and returns how long it is.</summary>
    /// <param name="parts">The number, in parts.</param>
    /// <param name="decimals">Of how many decimals a part is: 9 for nano-dollars in dollars; at most 18.</param>
    /// <param name="to">At least <see cref="MaxLength"/> bytes.</param>
    public static int Format(long parts, int decimals, Span<byte> to)
    {
        var at = 0;
        if (parts < 0) to[at++] = (byte)'-';
        var size = Powers[decimals];
        var (whole, rest) = Math.DivRem(parts < 0 ? (ulong)-(parts + 1) + 1 : (ulong)parts, size);
        Utf8Formatter.TryFormat(whole, to[at..], out var written);
        at += written;
        if (rest == 0) return at;
        to[at++] = (byte)'.';
        while (rest > 0)
        {
            size /= 10;
            (var digit, rest) = Math.DivRem(rest, size);
            to[at++] = (byte)('0' + digit);
        }

        return at;
    }

    /// <summary>Writes a property.</summary>
    public static void Write(this Utf8JsonWriter json, ReadOnlySpan<byte> name, long parts, int decimals)
    {
        Span<byte> number = stackalloc byte[MaxLength];
        var length = Format(parts, decimals, number);
        json.WritePropertyName(name);
        json.WriteRawValue(number[..length], skipInputValidation: true);
    }

    private static ReadOnlySpan<ulong> Powers =>
    [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000,
        1_000_000_000_000_000, 10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000,
    ];
}
