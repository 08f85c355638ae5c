using System.Data.Common;

namespace LlmConsole.Core.Metering.Sums;

/// <summary>Sums up the roll-ups and the latencies of some hours in one look at each, whatever they are to be told apart by.</summary>
internal static class StretchReader
{
    private static readonly string Rollups = $"SELECT hour, tenant_id, key_id, user_id, model, task, {string.Join(", ", PartSums.Columns)} FROM usage_rollups WHERE hour >= @first AND hour < @end";
    private const string Latencies = "SELECT hour, tenant_id, model, metric, bucket, calls FROM usage_latency WHERE hour >= @first AND hour < @end";

    /// <summary>The hours from one to before another, in pieces of a length, by the piece's start; pieces in which nothing arrived are absent.</summary>
    public static async Task<Dictionary<long, StretchSums>> ReadAsync(DbConnection db, long first, long end, long length, bool withCallers, CancellationToken cancellation)
    {
        var pieces = new Dictionary<long, StretchSums>();
        var figures = new long[PartSums.Columns.Count];
        await foreach (var row in RowsAsync(db, Rollups, first, end, cancellation))
        {
            for (var i = 0; i < figures.Length; i++) figures[i] = row.GetInt64(6 + i);
            var (hour, piece) = Piece(row);
            StretchSums.Of(piece.Hours, hour).Add(figures);
            StretchSums.Of(piece.Tenants, row.GetString(1)).Add(figures);
            StretchSums.Of(piece.Models, row.GetString(4)).Add(figures);
            StretchSums.Of(piece.Tasks, row.GetString(5)).Add(figures);
            if (!withCallers) continue;
            StretchSums.Of(piece.Keys, row.GetString(2)).Add(figures);
            StretchSums.Of(piece.Users, row.GetString(3)).Add(figures);
        }

        await foreach (var row in RowsAsync(db, Latencies, first, end, cancellation))
        {
            var (metric, bucket, calls) = (row.GetInt32(3), row.GetInt32(4), row.GetInt64(5));
            var (hour, piece) = Piece(row);
            StretchSums.Of(piece.Hours, hour).Add(metric, bucket, calls);
            StretchSums.Of(piece.Tenants, row.GetString(1)).Add(metric, bucket, calls);
            StretchSums.Of(piece.Models, row.GetString(2)).Add(metric, bucket, calls);
        }

        return pieces;

        (long Hour, StretchSums Piece) Piece(DbDataReader row)
        {
            var hour = row.GetInt64(0);
            var start = hour - (hour % length);
            return (hour, pieces.TryGetValue(start, out var piece) ? piece : pieces[start] = new StretchSums { HasCallers = withCallers });
        }
    }

    private static async IAsyncEnumerable<DbDataReader> RowsAsync(DbConnection db, string sql, long first, long end, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var command = db.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in (ReadOnlySpan<(string, long)>)[("first", first), ("end", end)])
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation)) yield return rows;
    }
}
