using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Authentication;

/// <summary>
/// The SHA-256 of keys that were used a moment ago, which costs more than all else that is asked of a key. They are found by a code of the key's text under a secret of this process (SipHash-2-4 of 128 bits), which takes a
/// twentieth of the time, and which nobody can aim at: the text itself isn't kept. What a key may do is looked up anew for every call.
/// </summary>
internal static class KnownKeys
{
    private const int LongestText = 64;
    private const int Places = 4096;

    private static readonly (ulong A, ulong B) Secret = (Random(), Random());
    private static readonly Entry?[] Known = new Entry?[Places];

    /// <summary>The hash of a key that is known; its text is whole.</summary>
    public static bool TryFind(ReadOnlySpan<char> text, out KeyHash hash)
    {
        var known = TryCode(text, out var code) ? Known[code.Place] : null;
        var isKnown = known is not null && known.Code == code;
        hash = isKnown ? known!.Hash : default;
        return isKnown;
    }

    /// <summary>A key that was issued. Others are never remembered.</summary>
    public static void Add(ReadOnlySpan<char> text, in KeyHash hash)
    {
        if (TryCode(text, out var code)) Known[code.Place] = new Entry(code, hash);
    }

    private static bool TryCode(ReadOnlySpan<char> text, out Code code)
    {
        Span<byte> bytes = stackalloc byte[LongestText + sizeof(ulong)];
        code = default;
        if (text.Length > LongestText || Ascii.FromUtf16(text, bytes, out var length) != System.Buffers.OperationStatus.Done) return false;

        // The last word has the length at its top, and nothing where the text ends before it.
        var words = (length / sizeof(ulong)) + 1;
        bytes[length..(words * sizeof(ulong))].Clear();
        bytes[(words * sizeof(ulong)) - 1] = (byte)length;
        code = SipHash(bytes[..(words * sizeof(ulong))]);
        return true;
    }

    /// <summary>As its authors define it, over whole words.</summary>
    private static Code SipHash(ReadOnlySpan<byte> words)
    {
        var state = new State(
            Secret.A ^ 0x736f6d6570736575, Secret.B ^ 0x646f72616e646f6d ^ 0xee, Secret.A ^ 0x6c7967656e657261, Secret.B ^ 0x7465646279746573);
        for (; words.Length > 0; words = words[sizeof(ulong)..])
        {
            var word = BinaryPrimitives.ReadUInt64LittleEndian(words);
            state.D ^= word;
            state.Mix(2);
            state.A ^= word;
        }

        state.C ^= 0xee;
        state.Mix(4);
        var first = state.Sum;
        state.B ^= 0xdd;
        state.Mix(4);
        return new Code(first, state.Sum);
    }

    private static ulong Random() => BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    private readonly record struct Code(ulong First, ulong Second)
    {
        public int Place => (int)(First & (Places - 1));
    }

    private sealed record Entry(Code Code, KeyHash Hash);

    private record struct State(ulong A, ulong B, ulong C, ulong D)
    {
        public readonly ulong Sum => A ^ B ^ C ^ D;

        public void Mix(int rounds)
        {
            for (; rounds > 0; rounds--)
            {
                A += B;
                B = BitOperations.RotateLeft(B, 13) ^ A;
                A = BitOperations.RotateLeft(A, 32);
                C += D;
                D = BitOperations.RotateLeft(D, 16) ^ C;
                A += D;
                D = BitOperations.RotateLeft(D, 21) ^ A;
                C += B;
                B = BitOperations.RotateLeft(B, 17) ^ C;
                C = BitOperations.RotateLeft(C, 32);
            }
        }
    }
}
