using System.Data;
using System.Data.Common;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering.Sums;
using LlmConsole.Core.Storage;
using Microsoft.Data.Sqlite;

namespace LlmConsole.Core.Metering;

/// <summary>How much of a budget's unit the books hold. Exact at any boundary: records for the hours that are cut, roll-ups for the whole ones, and of a tenant's days that are over the sums that are kept.</summary>
public sealed class SpendQueries
{
    /// <summary>So many calls are left out in one statement; after an outage, hundreds of thousands may have to be.</summary>
    internal const int MostAtOnce = 4_096;

    private readonly DatabaseConnections _connections;
    private readonly BookSums? _sums;

    /// <param name="sums">None: everything is read from the books.</param>
    internal SpendQueries(DatabaseConnections connections, BookSums? sums = null) => (_connections, _sums) = (connections, sums);

    /// <summary>What was spent by calls that arrived in a stretch of time.</summary>
    /// <param name="scope">Whose calls.</param>
    /// <param name="unit">Requests (all calls but refused ones), tokens (of all buckets), or nano-dollars.</param>
    /// <param name="from">Calls that arrived then or later.</param>
    /// <param name="to">Calls that arrived before; none means no end.</param>
    /// <param name="exceptRequestIds">Calls to leave out, because the asker counts them itself.</param>
    public async Task<long> SpentAsync(SpendScope scope, QuotaUnit unit, DateTimeOffset from, DateTimeOffset? to, IReadOnlyCollection<string> exceptRequestIds, CancellationToken cancellation)
    {
        await using var db = await _connections.OpenAsync(cancellation);
        var stretch = Stretch.Of(from, to);
        string[] left = [.. exceptRequestIds.Distinct(StringComparer.Ordinal)];
        var kept = to is null && scope is { KeyId: null, UserId: null } && _sums is not null && await _sums.MayKeepAsync(stretch.FirstHour, cancellation) ? _sums : null;
        if (left.Length <= MostAtOnce && kept is null) return await AskAsync(db, Sql(scope, unit, left.Length > 0), scope, stretch, left, cancellation);

        await using var snapshot = await SnapshotAsync(db, cancellation);
        var days = kept is null ? null : await kept.TryReadTenantAsync(db, scope.TenantId, stretch.FirstHour, cancellation);
        if (days is not null) stretch = stretch with { KeptFirst = days.First, KeptEnd = days.End };
        var spent = Amount(unit, days?.Sums) + await AskAsync(db, Sql(scope, unit, hasExceptions: false), scope, stretch, [], cancellation);
        foreach (var except in left.Chunk(MostAtOnce))
            spent -= await AskAsync(db, $"SELECT CAST({Exceptions(scope, unit)} AS bigint)", scope, stretch, except, cancellation);
        return spent;
    }

    /// <summary>What follows on this connection sees the books as they are at one moment, and holds up nobody.</summary>
    private static async Task<DbTransaction> SnapshotAsync(DbConnection connection, CancellationToken cancellation) =>
        connection is SqliteConnection sqlite ? sqlite.BeginTransaction(deferred: true) : await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);

    private static async Task<long> AskAsync(DbConnection db, string sql, SpendScope scope, Stretch stretch, string[] except, CancellationToken cancellation)
    {
        await using var command = db.CreateCommand();
        command.CommandText = sql;
        command.Add("start", stretch.Start);
        command.Add("first_hour", stretch.FirstHour);
        command.Add("kept_first", stretch.KeptFirst);
        command.Add("kept_end", stretch.KeptEnd);
        command.Add("last_hour", stretch.LastHour);
        command.Add("end", stretch.End);
        command.Add("tenant", scope.TenantId);
        if (scope.KeyId is { } key) command.Add("key", key);
        for (var i = 0; i < scope.OtherKeyIds.Count; i++) command.Add($"key{i}", scope.OtherKeyIds[i]);
        if (scope.UserId is { } user) command.Add("user", UsageText.User(user));
        if (except.Length > 0) command.Add(SqlRows.Parameter, SqlRows.Write(except, static (row, id) => row.Add(id)));
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>What the calls of each tenant cost that arrived at a moment or later, in nano-dollars.</summary>
    public async Task<IReadOnlyDictionary<string, long>> OfTenantsAsync(DateTimeOffset from, CancellationToken cancellation)
    {
        var start = from.ToUnixTimeMilliseconds();
        var firstHour = UsageHour.Ceiling(start);
        await using var db = await _connections.OpenAsync(cancellation);
        var spends = await db.ListAsync(
            $"""
            SELECT tenant_id, CAST(sum(nanos) AS bigint) FROM (
                SELECT tenant_id, cost_nanos AS nanos FROM usage_rollups WHERE hour >= {firstHour}
                UNION ALL
                SELECT tenant_id, cost FROM usage_records WHERE started_at >= {start} AND started_at < {firstHour}
            ) AS spent GROUP BY tenant_id
            """,
            static row => (TenantId: row.GetString(0), Nanos: row.GetInt64(1)), cancellation);
        return spends.ToDictionary(spend => spend.TenantId, spend => spend.Nanos);
    }

    /// <summary>A stretch of time: whole hours between the moments at its ends, and among them those that need not be read.</summary>
    private sealed record Stretch(long Start, long FirstHour, long LastHour, long End)
    {
        public long KeptFirst { get; init; } = LastHour;
        public long KeptEnd { get; init; } = LastHour;

        public static Stretch Of(DateTimeOffset from, DateTimeOffset? to)
        {
            var (start, end) = (Math.Max(0, from.ToUnixTimeMilliseconds()), to?.ToUnixTimeMilliseconds() ?? long.MaxValue);
            var firstHour = Math.Min(UsageHour.Ceiling(start), end);
            return new Stretch(start, firstHour, end == long.MaxValue ? end : Math.Max(firstHour, UsageHour.Floor(end)), end);
        }
    }

    /// <summary>One statement, so that a record and its roll-up, and what is left out of both, are seen together or not at all.</summary>
    private string Sql(SpendScope scope, QuotaUnit unit, bool hasExceptions)
    {
        var ((ofRecord, ofRollup), whose) = (Columns(unit), Whose(scope));
        var sum = $"""
            (SELECT coalesce(sum({ofRollup}), 0) FROM usage_rollups WHERE {whose} AND hour >= @first_hour AND hour < @kept_first)
            + (SELECT coalesce(sum({ofRollup}), 0) FROM usage_rollups WHERE {whose} AND hour >= @kept_end AND hour < @last_hour)
            + (SELECT coalesce(sum({ofRecord}), 0) FROM usage_records WHERE {whose} AND started_at >= @start AND started_at < @first_hour)
            + (SELECT coalesce(sum({ofRecord}), 0) FROM usage_records WHERE {whose} AND started_at >= @last_hour AND started_at < @end)
            """;
        return $"SELECT CAST({sum}{(hasExceptions ? $" - {Exceptions(scope, unit)}" : "")} AS bigint)";
    }

    /// <summary>From the ids to their records, which SQLite does in the order of a cross join: left to itself, it looks at all that the scope did since the start, however few are asked for.</summary>
    private string Exceptions(SpendScope scope, QuotaUnit unit) =>
        $"(SELECT coalesce(sum({Columns(unit).OfRecord}), 0) FROM {SqlRows.Source(_connections.IsPostgres)} CROSS JOIN usage_records WHERE request_id = value ->> 0 AND {Whose(scope)} AND started_at >= @start AND started_at < @end)";

    private static string Whose(SpendScope scope) => "tenant_id = @tenant" + (scope.KeyId is null ? "" : $" AND key_id IN (@key{string.Concat(scope.OtherKeyIds.Select((_, i) => $", @key{i}"))})") + (scope.UserId is null ? "" : " AND user_id = @user");

    private static (string OfRecord, string OfRollup) Columns(QuotaUnit unit) => unit switch
    {
        QuotaUnit.Requests => ("CASE WHEN outcome = 'Refused' THEN 0 ELSE 1 END", "calls - refused"),
        QuotaUnit.Tokens => ("input_tokens + cached_input_tokens + cache_write_tokens + output_tokens", "input_tokens + cached_input_tokens + cache_write_tokens + output_tokens"),
        QuotaUnit.Usd => ("cost", "cost_nanos"),
        _ => throw new ArgumentOutOfRangeException(nameof(unit)),
    };

    private static long Amount(QuotaUnit unit, UsageSums? sums) => (unit, sums) switch
    {
        (_, null) => 0,
        (QuotaUnit.Requests, _) => sums.Calls - sums.Refused,
        (QuotaUnit.Tokens, _) => sums.InputTokens + sums.CachedInputTokens + sums.CacheWriteTokens + sums.OutputTokens,
        _ => sums.CostNanos,
    };
}

/// <summary>Whose calls: all of a tenant, or only those made with some keys or by a user.</summary>
public sealed record SpendScope(string TenantId)
{
    public string? KeyId { get; init; }

    /// <summary>Keys beside it whose calls count too.</summary>
    public IReadOnlyList<string> OtherKeyIds { get; init; } = [];
    public string? UserId { get; init; }
}
