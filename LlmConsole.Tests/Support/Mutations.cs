using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace LlmConsole.Tests.Support;

/// <summary>Inputs that are nearly right: a seed with some bytes changed, taken out, said twice, moved, cut off, or replaced by what parsers stumble over.</summary>
internal static class Mutations
{
    private static readonly byte[][] Tokens =
    [
        .. new[]
        {
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "\\udc00\\ud800", "null", "true", "1e999", "-0", "1.0", "00", "9223372036854775808", "\"model\":\"m\",", "\"\":0,",
            "\n", "\r", "\r\n\r\n", "\n\n", "data", "data:", ": ", "\uFEFF", "\u2028", "é", "😀", "\0", " ",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x9F],
    ];

    /// <summary>Mutations of the seeds, one to six steps away; a seed that is given twice is taken twice as often.</summary>
    public static Arbitrary<byte[]> Of(params string[] seeds) =>
        (from seed in Gen.Elements(seeds)
         from steps in Gen.Choose(1, 6)
         from chance in Gen.Choose(0, int.MaxValue - 1)
         select Mutate(Encoding.UTF8.GetBytes(seed), steps, new Random(chance))).ToArbitrary();

    private static byte[] Mutate(byte[] bytes, int steps, Random chance)
    {
        for (var step = 0; step < steps; step++) bytes = Mutate(bytes, chance);
        return bytes;
    }

    private static byte[] Mutate(byte[] bytes, Random chance)
    {
        var at = chance.Next(bytes.Length + 1);
        var length = chance.Next(Math.Min(1 + chance.Next(32), bytes.Length - at + 1));
        var part = bytes.AsSpan(at, length);
        var token = Tokens[chance.Next(Tokens.Length)];
        return chance.Next(8) switch
        {
            0 when at < bytes.Length => [.. bytes[..at], (byte)(bytes[at] ^ (1 << chance.Next(8))), .. bytes[(at + 1)..]],
            1 => [.. bytes[..at], .. bytes[(at + length)..]],
            2 => [.. bytes[..at], .. part, .. bytes[at..]],
            3 => [.. bytes[..at], .. token, .. bytes[at..]],
            4 => [.. bytes[..at], .. token, .. bytes[(at + length)..]],
            5 => bytes[..at],
            6 => [.. bytes[..at], .. Enumerable.Repeat(token, 1 + chance.Next(100)).SelectMany(once => once), .. bytes[at..]],
            _ => Move(bytes, at, length, chance),
        };
    }

    private static byte[] Move(byte[] bytes, int at, int length, Random chance)
    {
        byte[] rest = [.. bytes[..at], .. bytes[(at + length)..]];
        var to = chance.Next(rest.Length + 1);
        return [.. rest[..to], .. bytes[at..(at + length)], .. rest[to..]];
    }
}
