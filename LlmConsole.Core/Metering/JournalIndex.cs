using System.Text;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Metering;

/// <summary>
/// What waits in the journal, in memory: of recent files the records themselves, so that they go to the database without being read again; of files that the
/// database didn't take, or doesn't come to, what their calls used, so that budgets count them.
/// </summary>
internal sealed class JournalIndex
{
    /// <summary>So many records are kept whole: more than a database takes in a few seconds needn't wait in memory, for it lies on the disk.</summary>
    public const int MostWhole = 8_192;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<UsageRecord>> _recent = new(StringComparer.Ordinal);
    private readonly CallChains _older = new();
    private int _whole;

    public bool IsEmpty
    {
        get
        {
            lock (_lock) return _recent.Count == 0 && _older.IsEmpty;
        }
    }

    public void Add(string file, ReadOnlySpan<UsageRecord> records)
    {
        lock (_lock)
        {
            if (_older.Has(file))
            {
                foreach (var record in records) _older.Add(file, [JournaledCall.Of(record)]);
                return;
            }

            if (!_recent.TryGetValue(file, out var recent)) _recent[file] = recent = [];
            recent.AddRange(records);
            _whole += records.Length;
            if (_whole > MostWhole) Shrink(file);
        }
    }

    /// <summary>Reads a file that an earlier process left. Damage is told when it is replayed.</summary>
    public void AddFile(string file)
    {
        // Each line brings texts of its own, though a file names few tenants and keys.
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        var calls = new List<JournaledCall>();
        foreach (var line in File.ReadLines(file, Encoding.UTF8))
        {
            if (JournalEntry.Read(Encoding.UTF8.GetBytes(line)) is not { } record) continue;
            var call = JournaledCall.Of(record);
            calls.Add(call with { TenantId = One(call.TenantId)!, KeyId = One(call.KeyId), UserId = One(call.UserId) });
        }

        lock (_lock) _older.Add(file, calls);

        string? One(string? text)
        {
            if (text is null) return null;
            if (!texts.TryGetValue(text, out var one)) texts.Add(text, one = text);
            return one;
        }
    }

    /// <summary>The records of a file; none when it has to be read.</summary>
    public IReadOnlyList<UsageRecord>? Records(string file)
    {
        lock (_lock) return _recent.GetValueOrDefault(file);
    }

    /// <summary>These files will wait for long: of their calls only what budgets need is kept.</summary>
    public void Shrink(IEnumerable<string> files)
    {
        lock (_lock)
        {
            foreach (var file in files) Shrink(file);
        }
    }

    public void Remove(string file)
    {
        lock (_lock)
        {
            if (_recent.Remove(file, out var records)) _whole -= records.Count;
            _older.Remove(file);
        }
    }

    /// <summary>The calls under a scope that arrived then or later. Of those that wait for long none but its own are looked at, for calls that end meanwhile wait; the others are few.</summary>
    public IReadOnlyList<JournaledCall> Of(SpendScope scope, DateTimeOffset from)
    {
        List<JournaledCall> calls;
        lock (_lock)
        {
            if (_recent.Count == 0 && _older.IsEmpty) return [];
            calls = [.. _older.Of(scope)];
            foreach (var records in _recent.Values) calls.AddRange(records.Where(record => record.TenantId == scope.TenantId).Select(JournaledCall.Of));
        }

        return [.. calls.Where(call => call.StartedAt >= from && call.IsOf(scope)).DistinctBy(call => call.RequestId)];
    }

    private void Shrink(string file)
    {
        if (!_recent.Remove(file, out var records)) return;
        _whole -= records.Count;
        _older.Add(file, records.Select(JournaledCall.Of));
    }
}

/// <summary>A finished call that waits in the journal, as far as budgets need it.</summary>
public readonly record struct JournaledCall(string RequestId, string TenantId, string? KeyId, string? UserId, DateTimeOffset StartedAt, long Requests, long Tokens, Usd Cost)
{
    internal static JournaledCall Of(UsageRecord record) => new(
        record.RequestId, record.TenantId, record.KeyId, UsageText.User(record.UserId), record.StartedAt, record.Outcome == Outcome.Refused ? 0 : 1, record.TotalTokens, record.Cost);

    public long Of(QuotaUnit unit) => unit switch
    {
        QuotaUnit.Requests => Requests,
        QuotaUnit.Tokens => Tokens,
        _ => Cost.Nanos,
    };

    /// <summary>Whether the call falls under a scope.</summary>
    public bool IsOf(SpendScope scope) =>
        TenantId == scope.TenantId && (scope.KeyId is null || scope.KeyId == KeyId || (KeyId is not null && scope.OtherKeyIds.Contains(KeyId))) && (scope.UserId is null || UsageText.User(scope.UserId) == UserId);
}
