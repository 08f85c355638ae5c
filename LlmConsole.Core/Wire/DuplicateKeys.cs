using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace LlmConsole.Core.Wire;

/// <summary>
/// Refuses JSON objects that name a key twice: readers disagree on which one counts, so the gateway and the provider might read two different
/// requests. Keys are compared by a seeded 64-bit hash, all objects of a body in one set, so that the cost is linear in the body.
/// </summary>
internal ref struct DuplicateKeys
{
    public const int MaxDepth = 64;
    private const int KeptCapacity = 1024;
    private const int MaxKeyLength = 1024;

    private static readonly long Seed = Random.Shared.NextInt64();
    [ThreadStatic] private static HashSet<ulong>? _shared;

    private readonly HashSet<ulong> _seen;
    private Objects _open;
    private int _objects;

    private DuplicateKeys(HashSet<ulong> seen) => _seen = seen;

    public static DuplicateKeys Start()
    {
        var seen = _shared;
        if (seen is null || seen.Capacity > KeptCapacity) seen = _shared = new HashSet<ulong>(64);
        seen.Clear();
        return new DuplicateKeys(seen);
    }

    /// <summary>An object begins at this depth.</summary>
    public void Enter(int depth) => _open[depth] = ++_objects;

    /// <summary>The reader stands on a property name.</summary>
    public readonly void Check(ref Utf8JsonReader json)
    {
        // The depth of a property name is that of its object plus one.
        var hash = json.ValueIsEscaped ? HashEscaped(ref json) : XxHash3.HashToUInt64(json.ValueSpan, Seed);
        if (_seen.Add(hash + ((ulong)_open[json.CurrentDepth - 1] * 0x9E3779B97F4A7C15UL))) return;
        var name = json.GetString()!;
        throw new RefusalException(ErrorCode.InvalidValue, $"{name} stands twice in the same object. Send it once.", name.Length <= MaxKeyLength ? name : null);
    }

    private static ulong HashEscaped(ref Utf8JsonReader json)
    {
        var buffer = new byte[json.ValueSpan.Length];
        var length = json.CopyString(buffer);
        return XxHash3.HashToUInt64(buffer.AsSpan(0, length), Seed);
    }

    [InlineArray(MaxDepth + 1)]
    private struct Objects
    {
        private int _first;
    }
}
