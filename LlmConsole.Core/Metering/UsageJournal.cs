using System.Text;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Metering;

/// <summary>
/// Where finished calls wait while the database is away: append-only files below the data directory, flushed to the disk before a call counts
/// as kept. Each is replayed as a whole and then deleted; what was replayed before is recognised by its request id.
/// </summary>
internal sealed partial class UsageJournal : IDisposable
{
    private const string Pattern = "usage-*.jsonl";
    private const string RejectedFile = "rejected.jsonl";
    private const long FullFile = 16 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly string _directory;
    private readonly long _maxBytes;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly List<string> _waiting;
    private FileStream? _current;
    private long _bytes;

    public UsageJournal(string directory, long maxBytes, TimeProvider time, ILogger log)
    {
        (_directory, _maxBytes, _time, _log) = (directory, maxBytes, time, log);
        _waiting = Directory.Exists(directory) ? [.. Directory.EnumerateFiles(directory, Pattern).Where(IsAbandoned).Order(StringComparer.Ordinal)] : [];
        _bytes = _waiting.Sum(file => new FileInfo(file).Length);
    }

    /// <summary>How much is waiting.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public bool IsEmpty
    {
        get
        {
            lock (_lock) return _current is null && _waiting.Count == 0;
        }
    }

    /// <summary>Keeps all of them, or none: when the journal is full or the disk says no.</summary>
    public bool TryAppend(IReadOnlyCollection<UsageRecord> records)
    {
        using var entries = new MemoryStream();
        foreach (var record in records) JournalEntry.Write(entries, record);
        lock (_lock)
        {
            if (_bytes + entries.Length > _maxBytes) return Full();
            try
            {
                _current ??= Open();
                _current.Write(entries.GetBuffer(), 0, (int)entries.Length);
                _current.Flush(flushToDisk: true);
                _bytes += entries.Length;
                if (_current.Length > FullFile) Close();
                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The file may end in half an entry now; the next one begins a file of its own.
                Close();
                NotKept(_directory, e);
                return false;
            }
        }
    }

    /// <summary>The files to replay, oldest first. Later entries go to a new file.</summary>
    public IReadOnlyList<string> Seal()
    {
        lock (_lock)
        {
            Close();
            return [.. _waiting];
        }
    }

    /// <summary>What a file holds. An entry torn by a crash never counted as kept and is left out; damage anywhere else is told.</summary>
    public IEnumerable<UsageRecord> Read(string file)
    {
        if (!File.Exists(file)) yield break;
        var content = File.ReadAllBytes(file);
        for (var start = 0; start < content.Length;)
        {
            var length = content.AsSpan(start).IndexOf((byte)'\n');
            var isTorn = length < 0;
            if (isTorn) length = content.Length - start;
            if (!isTorn && JournalEntry.Read(content.AsSpan(start, length)) is { } record) yield return record;
            else if (isTorn) Torn(file);
            else Reject(Encoding.UTF8.GetString(content, start, length), "the entry is damaged");
            start += length + 1;
        }
    }

    public void Delete(string file)
    {
        lock (_lock)
        {
            _waiting.Remove(file);
            var size = File.Exists(file) ? new FileInfo(file).Length : 0;
            File.Delete(file);
            _bytes = Math.Max(0, _bytes - size);
        }
    }

    /// <summary>Sets a record aside that the database will never take, for a person to look at.</summary>
    public void Reject(UsageRecord record, string reason) => Reject(Encoding.UTF8.GetString(JournalEntry.Json(record)), reason);

    public void Dispose()
    {
        lock (_lock) Close();
    }

    private void Reject(string entry, string reason)
    {
        var file = Path.Combine(_directory, RejectedFile);
        Rejected(reason, file, entry);
        try
        {
            Directory.CreateDirectory(_directory);
            using var stream = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            stream.Write(Encoding.UTF8.GetBytes(entry + "\n"));
            stream.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            NotKept(_directory, e);
        }
    }

    private FileStream Open()
    {
        Directory.CreateDirectory(_directory);
        var stream = new FileStream(Path.Combine(_directory, $"{Ids.New("usage", _time).Replace('_', '-')}.jsonl"), FileMode.CreateNew, FileAccess.Write, FileShare.None);
        Opened(stream.Name);
        return stream;
    }

    private void Close()
    {
        if (_current is null) return;
        _waiting.Add(_current.Name);
        try
        {
            _current.Dispose();
        }
        catch (IOException e)
        {
            NotKept(_directory, e);
        }

        _current = null;
    }

    private bool Full()
    {
        JournalFull(_directory, _maxBytes);
        return false;
    }

    /// <summary>No living process writes to it. (Instances may share the directory.)</summary>
    private static bool IsAbandoned(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Finished calls are kept in the journal {File} until the database is back")]
    private partial void Opened(string file);

    [LoggerMessage(LogLevel.Error, "The journal in {Directory} holds {MaxBytes} bytes, all that Ledger:JournalMaxBytes allows; calls wait for the database")]
    private partial void JournalFull(string directory, long maxBytes);

    [LoggerMessage(LogLevel.Error, "The journal in {Directory} can't be written")]
    private partial void NotKept(string directory, Exception error);

    [LoggerMessage(LogLevel.Warning, "The last entry of the journal {File} is torn and left out; its call never counted as kept")]
    private partial void Torn(string file);

    [LoggerMessage(LogLevel.Critical, "A usage record can't enter the books ({Reason}) and was set aside in {File}: {Entry}")]
    private partial void Rejected(string reason, string file, string entry);
}
