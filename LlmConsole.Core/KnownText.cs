using System.Buffers.Binary;
using System.Text;

namespace LlmConsole.Core;

/// <summary>
/// Texts that come again with every call, such as the names of models: each is a string once, not a new one for each call, which would wait for the collector in every record of the books. As many as there is
/// room for; one takes another's place.
/// </summary>
internal static class KnownText
{
    /// <summary>A longer text, or one that isn't ASCII, is none of these.</summary>
    private const int Longest = 64;
    private const int Places = 512;

    private static readonly string?[] Known = new string?[Places];

    /// <summary>The text; none when it isn't one to be known.</summary>
    public static string? Of(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length is 0 or > Longest) return null;
        ref var place = ref Known[PlaceOf(utf8)];
        if (place is { } known && Ascii.Equals(utf8, known)) return known;
        return Ascii.IsValid(utf8) ? place = Encoding.ASCII.GetString(utf8) : null;
    }

    /// <summary>By its length, its beginning and its end: what has those in common takes turns.</summary>
    private static int PlaceOf(ReadOnlySpan<byte> text)
    {
        ulong word = (uint)text.Length;
        if (text.Length >= sizeof(ulong)) word += BinaryPrimitives.ReadUInt64LittleEndian(text) + (31 * BinaryPrimitives.ReadUInt64LittleEndian(text[^sizeof(ulong)..]));
        else foreach (var letter in text) word = (word * 31) + letter;
        return (int)((word * 0x9E3779B97F4A7C15) >> 55);
    }
}
