using System.IO.Hashing;
using LlmConsole.Core.Metering.Live;

namespace LlmConsole.Core.Metering.Sums;

/// <summary>The days and hours that are kept, in a file of the data directory, so that a start needn't sum them again. It holds nothing that the database doesn't say: without it, or when it is damaged, they are summed anew.</summary>
internal sealed class SumsFile(string path)
{
    /// <summary>Another layout is another number.</summary>
    private const int Version = 3;

    /// <param name="kept">The days and hours.</param>
    /// <param name="requestId">The call whose record has the number of the bound: a database in which it is another one isn't the one that was summed.</param>
    public void Write(KeptSums kept, string requestId)
    {
        using var bytes = new MemoryStream();
        using (var to = new BinaryWriter(bytes, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            to.Write(Version);
            to.Write(kept.Bound);
            to.Write(requestId);
            Write(to, kept.Days);
            Write(to, kept.Hours);
        }

        // Readers find the old file or the new one.
        var (fresh, content) = ($"{path}.new", bytes.GetBuffer().AsMemory(0, (int)bytes.Length));
        using (var file = File.Create(fresh))
        {
            file.Write(Crc32.Hash(content.Span));
            file.Write(content.Span);
        }

        File.Move(fresh, path, overwrite: true);
    }

    /// <summary>What was written, or none when there is no such file, or a damaged one, or one of another version.</summary>
    public (KeptSums Kept, string RequestId)? Read()
    {
        if (!File.Exists(path)) return null;
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length < sizeof(uint) || !Crc32.Hash(bytes.AsSpan(sizeof(uint))).AsSpan().SequenceEqual(bytes.AsSpan(0, sizeof(uint)))) return null;
        using var from = new BinaryReader(new MemoryStream(bytes, sizeof(uint), bytes.Length - sizeof(uint)));
        if (from.ReadInt32() != Version) return null;
        var (bound, requestId, names) = (from.ReadInt64(), from.ReadString(), new Dictionary<string, string>());
        return (new KeptSums(bound, ReadSums(from, Name), ReadSums(from, Name)), requestId);

        // They share their names.
        string Name() => from.ReadString() is var name && names.TryGetValue(name, out var known) ? known : names[name] = name;
    }

    private static void Write(BinaryWriter to, IReadOnlyDictionary<long, StretchSums> all)
    {
        to.Write(all.Count);
        foreach (var (start, sums) in all)
        {
            to.Write(start);
            to.Write(sums.HasCallers);
            Write(to, sums.Hours, hour => to.Write(hour));
            foreach (var parts in sums.Named) Write(to, parts, name => to.Write(name));
        }
    }

    private static Dictionary<long, StretchSums> ReadSums(BinaryReader from, Func<string> readName)
    {
        var all = new Dictionary<long, StretchSums>();
        for (var left = from.ReadInt32(); left > 0; left--)
        {
            var sums = all[from.ReadInt64()] = new StretchSums { HasCallers = from.ReadBoolean() };
            Read(from, sums.Hours, from.ReadInt64);
            foreach (var parts in sums.Named) Read(from, parts, readName);
        }

        return all;
    }

    private static void Write<TKey>(BinaryWriter to, Dictionary<TKey, PartSums> parts, Action<TKey> writeKey) where TKey : notnull
    {
        to.Write(parts.Count);
        foreach (var (key, part) in parts)
        {
            writeKey(key);
            foreach (var figure in part.Figures) to.Write7BitEncodedInt64(figure);
            Write(to, part.Duration);
            Write(to, part.FirstToken);
        }
    }

    private static void Read<TKey>(BinaryReader from, Dictionary<TKey, PartSums> parts, Func<TKey> readKey) where TKey : notnull
    {
        for (var left = from.ReadInt32(); left > 0; left--)
        {
            var part = parts[readKey()] = new PartSums();
            foreach (ref var figure in part.Figures) figure = from.Read7BitEncodedInt64();
            (part.Duration, part.FirstToken) = (ReadHistogram(from), ReadHistogram(from));
        }
    }

    private static void Write(BinaryWriter to, LatencyHistogram? histogram)
    {
        var buckets = histogram?.Buckets.ToList() ?? [];
        to.Write7BitEncodedInt(buckets.Count);
        foreach (var (bucket, calls) in buckets)
        {
            to.Write((byte)bucket);
            to.Write7BitEncodedInt64(calls);
        }
    }

    private static LatencyHistogram? ReadHistogram(BinaryReader from)
    {
        var count = from.Read7BitEncodedInt();
        if (count == 0) return null;
        var histogram = new LatencyHistogram();
        for (; count > 0; count--) histogram.Add(from.ReadByte(), from.Read7BitEncodedInt64());
        return histogram;
    }
}
