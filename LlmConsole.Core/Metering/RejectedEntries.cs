using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace LlmConsole.Core.Metering;

/// <summary>
/// The file of what can't enter the books, for a person to look at: each entry once, however often it is tried again, by this process or, after a crash, by the next.
/// </summary>
internal sealed class RejectedEntries(string directory)
{
    private static readonly UTF8Encoding Text = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Lock _lock = new();

    /// <summary>Sixteen bytes of each entry's digest: there may be as many as an outage left, and they stay in memory.</summary>
    private HashSet<UInt128>? _digests;

    public string FileName { get; } = Path.Combine(directory, "rejected.jsonl");

    /// <summary>Sets an entry aside. False when it was before.</summary>
    /// <exception cref="IOException">The disk says no.</exception>
    /// <exception cref="UnauthorizedAccessException">The disk says no.</exception>
    public bool TryAdd(string entry)
    {
        // A damaged one may hold a return, which would make two of it when it is read again.
        entry = entry.Replace('\r', ' ');
        var digest = Digest(entry);
        lock (_lock)
        {
            _digests ??= Read();
            if (_digests.Contains(digest)) return false;
            Append(entry);
            _digests.Add(digest);
            return true;
        }
    }

    private HashSet<UInt128> Read()
    {
        var digests = new HashSet<UInt128>();
        if (!File.Exists(FileName)) return digests;
        using var lines = new StreamReader(new FileStream(FileName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), Text, detectEncodingFromByteOrderMarks: false);
        while (lines.ReadLine() is { } line) digests.Add(Digest(line));
        return digests;
    }

    /// <summary>A crash, or a full disk, may have torn the entry before: this one begins a line of its own.</summary>
    private void Append(string entry)
    {
        Directory.CreateDirectory(directory);
        using var stream = new FileStream(FileName, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        var isTorn = stream.Length > 0 && stream.Seek(-1, SeekOrigin.End) >= 0 && stream.ReadByte() != '\n';
        stream.Seek(0, SeekOrigin.End);
        stream.Write(Text.GetBytes($"{(isTorn ? "\n" : "")}{entry}\n"));
        stream.Flush(flushToDisk: true);
    }

    private static UInt128 Digest(string entry) => MemoryMarshal.Read<UInt128>(SHA256.HashData(Text.GetBytes(entry)));
}
