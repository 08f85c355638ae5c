using System.Text;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Metering;

/// <summary>
/// What waits in the journal, in memory: of recent files the records themselves, so that they go to the database without being read again; of files that the
/// database didn't take, what their calls used, so that budgets count them.
/// </summary>
internal sealed class JournalIndex
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<UsageRecord>> _recent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<JournaledCall>> _older = new(StringComparer.Ordinal);

    public bool IsEmpty
    {
        get
        {
            lock (_lock) return _recent.Count == 0 && _older.Count == 0;
        }
    }

    public void Add(string file, ReadOnlySpan<UsageRecord> records)
    {
        lock (_lock)
        {
            if (!_recent.TryGetValue(file, out var recent)) _recent[file] = recent = [];
            recent.AddRange(records);
        }
    }

    /// <summary>Reads a file that an earlier process left. Damage is told when it is replayed.</summary>
    public void AddFile(string file)
    {
        List<JournaledCall> calls = [.. File.ReadLines(file, Encoding.UTF8).Select(line => JournalEntry.Read(Encoding.UTF8.GetBytes(line))).OfType<UsageRecord>().Select(JournaledCall.Of)];
        lock (_lock) _older[file] = calls;
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
            foreach (var file in files)
            {
                if (_recent.Remove(file, out var records)) _older[file] = [.. records.Select(JournaledCall.Of)];
            }
        }
    }

    public void Remove(string file)
    {
        lock (_lock)
        {
            _recent.Remove(file);
            _older.Remove(file);
        }
    }

    public IReadOnlyList<JournaledCall> Of(string tenantId)
    {
        lock (_lock)
        {
            if (_recent.Count == 0 && _older.Count == 0) return [];
            var recent = _recent.Values.SelectMany(records => records).Where(record => record.TenantId == tenantId).Select(JournaledCall.Of);
            return [.. _older.Values.SelectMany(calls => calls).Where(call => call.TenantId == tenantId).Concat(recent).DistinctBy(call => call.RequestId)];
        }
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
        TenantId == scope.TenantId && (scope.KeyId is null || scope.KeyId == KeyId) && (scope.UserId is null || UsageText.User(scope.UserId) == UserId);
}
