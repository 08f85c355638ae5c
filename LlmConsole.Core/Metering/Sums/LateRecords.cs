using System.Data.Common;
using LlmConsole.Core.Storage;
using Microsoft.Data.Sqlite;

namespace LlmConsole.Core.Metering.Sums;

/// <summary>
/// Says into which hours records were written since the last look, from the numbers that records get in the order in which they are written. PostgreSQL gives the number first and commits later:
/// there a lower one may appear after a higher one, which is why a look reaches back to what was the newest a minute ago. No write takes as long.
/// </summary>
internal sealed class LateRecords(TimeProvider time)
{
    private static readonly TimeSpan LongestWrite = TimeSpan.FromMinutes(1);

    private long? _newest;
    private long _newestAt;

    /// <summary>Every record up to this one has been told of, or stood in the books before the first look; none before the first look.</summary>
    public long? Bound { get; private set; }

    /// <summary>No record up to the bound can appear any more.</summary>
    public bool IsSettled { get; private set; }

    /// <summary>Begins where an earlier process was.</summary>
    public void Begin(long bound) => (Bound, IsSettled) = (bound, true);

    /// <summary>The hours, by their start; none when whatever was read before must be read again.</summary>
    public async Task<IReadOnlyList<long>?> HoursAsync(DbConnection db, CancellationToken cancellation)
    {
        if (Bound is not { } bound)
        {
            Bound = _newest = (long)(await db.ValueAsync($"SELECT coalesce(max(sequence), 0) FROM usage_records", cancellation))!;
            (_newestAt, IsSettled) = (time.GetTimestamp(), db is SqliteConnection);
            return [];
        }

        var rows = await db.ListAsync(
            $"SELECT started_at / 3600000 * 3600000, max(sequence) FROM usage_records WHERE sequence > {bound} GROUP BY 1", row => new Row(row.GetInt64(0), row.GetInt64(1)), cancellation);
        var newest = rows.Select(row => row.Last).Append(bound).Max();
        if (db is SqliteConnection) Bound = newest;
        else if (!Settle(newest)) return null;
        return [.. rows.Select(row => row.Hour)];
    }

    /// <summary>False once: what was being written at the first look has been committed by now, and nothing tells which hours it belongs to.</summary>
    private bool Settle(long newest)
    {
        if (_newest is { } last && time.GetElapsedTime(_newestAt) < LongestWrite) return true;
        var wasSettled = IsSettled;
        if (_newest is { } settled) (Bound, IsSettled) = (settled, true);
        (_newest, _newestAt) = (newest, time.GetTimestamp());
        return wasSettled;
    }

    private sealed record Row(long Hour, long Last);
}
