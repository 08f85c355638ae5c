using System.Buffers.Binary;

namespace LlmConsole.Core.Caching;

/// <summary>A SHA-256 digest that stands for a request within its scope.</summary>
internal readonly record struct CacheKey(UInt128 High, UInt128 Low)
{
    public const int Length = 32;

    public static CacheKey From(ReadOnlySpan<byte> digest) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(digest), BinaryPrimitives.ReadUInt128BigEndian(digest[16..]));

    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt128BigEndian(to, High);
        BinaryPrimitives.WriteUInt128BigEndian(to[16..], Low);
    }

    /// <summary>64 hexadecimal digits.</summary>
    public static CacheKey? Parse(string text)
    {
        Span<byte> digest = stackalloc byte[Length];
        return text.Length == Length * 2 && Convert.FromHexString(text, digest, out _, out _) == System.Buffers.OperationStatus.Done ? From(digest) : null;
    }

    // The digest is uniform already.
    public override int GetHashCode() => (int)(uint)Low;

    public override string ToString() => $"{High:x32}{Low:x32}";
}
