using System.Text;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace LlmConsole.Core.Metering;

/// <summary>
/// Where finished calls wait for the database: append-only files below the data directory. Each is taken over as a whole and then deleted; what was taken
/// over before is recognised by its request id.
/// </summary>
internal sealed partial class UsageJournal : IDisposable
{
    private const string Pattern = "usage-*.jsonl";
    private const long FullFile = 16 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly string _directory;
    private readonly long _maxBytes;
    private readonly bool _isFlushed;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly List<string> _waiting;
    private readonly HashSet<string> _leftOver;
    private readonly JournalIndex _index = new();
    private readonly RejectedEntries _rejected;
    private SafeFileHandle? _current;
    private string _name = "";
    private long _length;
    private bool _isFull;
    private long _bytes;

    /// <param name="isFlushed">Whether an entry is on the disk before it counts as kept. Without it, it survives the process but not a power cut: as do commits of SQLite.</param>
    public UsageJournal(string directory, long maxBytes, bool isFlushed, TimeProvider time, ILogger log)
    {
        (_directory, _maxBytes, _isFlushed, _time, _log) = (directory, maxBytes, isFlushed, time, log);
        _rejected = new RejectedEntries(directory);
        _waiting = Directory.Exists(directory) ? [.. Directory.EnumerateFiles(directory, Pattern).Where(IsAbandoned).Order(StringComparer.Ordinal)] : [];
        _leftOver = _waiting.ToHashSet(StringComparer.Ordinal);
        _bytes = _waiting.Sum(file => new FileInfo(file).Length);
        foreach (var file in _waiting) _index.AddFile(file);
    }

    /// <summary>How much is waiting.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The calls that wait, of a scope and since a moment.</summary>
    public IReadOnlyList<JournaledCall> Waiting(SpendScope scope, DateTimeOffset from) => _index.Of(scope, from);

    /// <summary>Whether a record waits. Never held up by the disk.</summary>
    public bool HasRecords => !_index.IsEmpty;

    public bool IsEmpty
    {
        get
        {
            lock (_lock) return _current is null && _waiting.Count == 0;
        }
    }

    /// <summary>Whether an earlier process wrote this file.</summary>
    public bool IsLeftOver(string file) => _leftOver.Contains(file);

    /// <summary>Keeps all of them, or none: when the journal is full or the disk says no.</summary>
    public bool TryAppend(ReadOnlySpan<UsageRecord> records)
    {
        var lines = JournalEntry.Lines(records);
        lock (_lock) return TryWrite(records, lines);
    }

    /// <summary>The files to take over, oldest first. Later entries go to a new file.</summary>
    public IReadOnlyList<string> Seal()
    {
        lock (_lock)
        {
            Close();
            return [.. _waiting];
        }
    }

    /// <summary>The database doesn't take what waits: it may be long, so memory keeps less of it.</summary>
    public void Shrink()
    {
        lock (_lock) _index.Shrink(_waiting);
    }

    /// <summary>What a file holds. An entry torn by a crash never counted as kept and is left out; damage anywhere else is told.</summary>
    public IEnumerable<UsageRecord> Read(string file) => _index.Records(file) ?? ReadFile(file);

    private IEnumerable<UsageRecord> ReadFile(string file)
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
        var size = File.Exists(file) ? new FileInfo(file).Length : 0;
        File.Delete(file);
        _index.Remove(file);
        lock (_lock)
        {
            _waiting.Remove(file);

            // The file may hold half an entry that was never counted.
            Interlocked.Exchange(ref _bytes, Math.Max(0, _bytes - size));
        }
    }

    /// <summary>Sets a record aside that the database will never take, once, for a person to look at.</summary>
    public void Reject(UsageRecord record, string reason) => Reject(Encoding.UTF8.GetString(JournalEntry.Json(record)), reason);

    public void Dispose()
    {
        lock (_lock) Close();
    }

    private void Reject(string entry, string reason)
    {
        try
        {
            if (!_rejected.TryAdd(entry)) return;
            Rejected(reason, _rejected.FileName, entry);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            RejectedToTheLog(reason, _rejected.FileName, entry, e);
        }

        BooksMetrics.Rejected();
    }

    private bool TryWrite(ReadOnlySpan<UsageRecord> records, ReadOnlySpan<byte> lines)
    {
        if (_bytes + lines.Length > _maxBytes) return Full();
        try
        {
            _current ??= Open();
            RandomAccess.Write(_current, lines, _length);
            if (_isFlushed) RandomAccess.FlushToDisk(_current);
            _length += lines.Length;
            Interlocked.Add(ref _bytes, lines.Length);
            _index.Add(_name, records);
            if (_length > FullFile) Close();
            _isFull = false;
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

    private SafeFileHandle Open()
    {
        Directory.CreateDirectory(_directory);
        _name = Path.Combine(_directory, $"{Ids.New("usage", _time).Replace('_', '-')}.jsonl");
        _length = 0;
        return File.OpenHandle(_name, FileMode.CreateNew, FileAccess.Write, FileShare.None);
    }

    private void Close()
    {
        if (_current is null) return;
        _waiting.Add(_name);
        _current.Dispose();
        _current = null;
    }

    private bool Full()
    {
        if (!_isFull) JournalFull(_directory, _maxBytes);
        _isFull = true;
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
        catch (UnauthorizedAccessException e)
        {
            throw new StartRefusedException($"Calls of an earlier process wait in {file}, which may not be written: {e.Message} Give the file to the user that LlmConsole runs as.", e);
        }
    }

    [LoggerMessage(LogLevel.Error, "The journal in {Directory} holds {MaxBytes} bytes, all that Ledger:JournalMaxBytes allows; calls wait for the database")]
    private partial void JournalFull(string directory, long maxBytes);

    [LoggerMessage(LogLevel.Error, "The journal in {Directory} can't be written")]
    private partial void NotKept(string directory, Exception error);

    [LoggerMessage(LogLevel.Warning, "The last entry of the journal {File} is torn and left out; its call never counted as kept")]
    private partial void Torn(string file);

    [LoggerMessage(LogLevel.Critical, "A usage record can't enter the books ({Reason}) and was set aside in {File}: {Entry}")]
    private partial void Rejected(string reason, string file, string entry);

    [LoggerMessage(LogLevel.Critical, "A usage record can't enter the books ({Reason}), nor be set aside in {File}; only this line holds it: {Entry}")]
    private partial void RejectedToTheLog(string reason, string file, string entry, Exception error);
}
