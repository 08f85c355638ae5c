using System.Data;
using System.Data.Common;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering.Sums;
using LlmConsole.Core.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Metering;

/// <summary>How much of a budget's unit the books hold. Exact at any boundary: records for the hours that are cut, roll-ups for the whole ones, and of a tenant's days that are over the sums that are kept.</summary>
public sealed class SpendQueries
{
    /// <summary>So many calls are left out in one statement; after an outage, hundreds of thousands may have to be.</summary>
    internal const int MostAtOnce = 4_096;

    private readonly IDbContextFactory<LlmConsoleDbContext> _contexts;
    private readonly BookSums? _sums;

    /// <param name="sums">None: everything is read from the books.</param>
    internal SpendQueries(IDbContextFactory<LlmConsoleDbContext> contexts, BookSums? sums = null) => (_contexts, _sums) = (contexts, sums);

    /// <summary>What was spent by calls that arrived in a stretch of time.</summary>
    /// <param name="scope">Whose calls.</param>
    /// <param name="unit">Requests (all calls but refused ones), tokens (of all buckets), or nano-dollars.</param>
    /// <param name="from">Calls that arrived then or later.</param>
    /// <param name="to">Calls that arrived before; none means no end.</param>
    /// <param name="exceptRequestIds">Calls to leave out, because the asker counts them itself.</param>
    public async Task<long> SpentAsync(SpendScope scope, QuotaUnit unit, DateTimeOffset from, DateTimeOffset? to, IReadOnlyCollection<string> exceptRequestIds, CancellationToken cancellation)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        await db.Database.OpenConnectionAsync(cancellation);
        var stretch = Stretch.Of(from, to);
        string[] left = [.. exceptRequestIds.Distinct(StringComparer.Ordinal)];
        var kept = to is null && scope is { KeyId: null, UserId: null } && _sums is not null && await _sums.MayKeepAsync(stretch.FirstHour, cancellation) ? _sums : null;
        if (left.Length <= MostAtOnce && kept is null) return await AskAsync(db, Sql(db, scope, unit, left.Length > 0), scope, stretch, left, cancellation);

        await using var snapshot = await SnapshotAsync(db.Database.GetDbConnection(), cancellation);
        await db.Database.UseTransactionAsync(snapshot, cancellation);
        var days = kept is null ? null : await kept.TryReadTenantAsync(db.Database.GetDbConnection(), scope.TenantId, stretch.FirstHour, cancellation);
        if (days is not null) stretch = stretch with { KeptFirst = days.First, KeptEnd = days.End };
        var spent = Amount(unit, days?.Sums) + await AskAsync(db, Sql(db, scope, unit, hasExceptions: false), scope, stretch, [], cancellation);
        foreach (var except in left.Chunk(MostAtOnce))
            spent -= await AskAsync(db, $"SELECT CAST({Exceptions(db, scope, unit)} AS bigint)", scope, stretch, except, cancellation);
        return spent;
    }

    /// <summary>What follows on this connection sees the books as they are at one moment, and holds up nobody.</summary>
    private static async Task<DbTransaction> SnapshotAsync(DbConnection connection, CancellationToken cancellation) =>
        connection is SqliteConnection sqlite ? sqlite.BeginTransaction(deferred: true) : await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);

    private static async Task<long> AskAsync(LlmConsoleDbContext db, string sql, SpendScope scope, Stretch stretch, string[] except, CancellationToken cancellation)
    {
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        Add(command, "start", stretch.Start);
        Add(command, "first_hour", stretch.FirstHour);
        Add(command, "kept_first", stretch.KeptFirst);
        Add(command, "kept_end", stretch.KeptEnd);
        Add(command, "last_hour", stretch.LastHour);
        Add(command, "end", stretch.End);
        Add(command, "tenant", scope.TenantId);
        if (scope.KeyId is { } key) Add(command, "key", key);
        for (var i = 0; i < scope.OtherKeyIds.Count; i++) Add(command, $"key{i}", scope.OtherKeyIds[i]);
        if (scope.UserId is { } user) Add(command, "user", UsageText.User(user));
        if (except.Length > 0) Add(command, SqlRows.Parameter, SqlRows.Write(except, static (row, id) => row.Add(id)));
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>What the calls of each tenant cost that arrived at a moment or later, in nano-dollars.</summary>
    public async Task<IReadOnlyDictionary<string, long>> OfTenantsAsync(DateTimeOffset from, CancellationToken cancellation)
    {
        const string sql = """
            SELECT tenant_id AS "TenantId", CAST(sum(nanos) AS bigint) AS "Nanos" FROM (
                SELECT tenant_id, cost_nanos AS nanos FROM usage_rollups WHERE hour >= {1}
                UNION ALL
                SELECT tenant_id, cost FROM usage_records WHERE started_at >= {0} AND started_at < {1}
            ) AS spent GROUP BY tenant_id
            """;
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        var start = from.ToUnixTimeMilliseconds();
        return await db.Database.SqlQueryRaw<TenantSpend>(sql, start, UsageHour.Ceiling(start)).ToDictionaryAsync(spend => spend.TenantId, spend => spend.Nanos, cancellation);
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

    private sealed record TenantSpend(string TenantId, long Nanos);

    /// <summary>One statement, so that a record and its roll-up, and what is left out of both, are seen together or not at all.</summary>
    private static string Sql(LlmConsoleDbContext db, SpendScope scope, QuotaUnit unit, bool hasExceptions)
    {
        var ((ofRecord, ofRollup), whose) = (Columns(unit), Whose(scope));
        var sum = $"""
            (SELECT coalesce(sum({ofRollup}), 0) FROM usage_rollups WHERE {whose} AND hour >= @first_hour AND hour < @kept_first)
            + (SELECT coalesce(sum({ofRollup}), 0) FROM usage_rollups WHERE {whose} AND hour >= @kept_end AND hour < @last_hour)
            + (SELECT coalesce(sum({ofRecord}), 0) FROM usage_records WHERE {whose} AND started_at >= @start AND started_at < @first_hour)
            + (SELECT coalesce(sum({ofRecord}), 0) FROM usage_records WHERE {whose} AND started_at >= @last_hour AND started_at < @end)
            """;
        return $"SELECT CAST({sum}{(hasExceptions ? $" - {Exceptions(db, scope, unit)}" : "")} AS bigint)";
    }

    /// <summary>From the ids to their records, which SQLite does in the order of a cross join: left to itself, it looks at all that the scope did since the start, however few are asked for.</summary>
    private static string Exceptions(LlmConsoleDbContext db, SpendScope scope, QuotaUnit unit) =>
        $"(SELECT coalesce(sum({Columns(unit).OfRecord}), 0) FROM {SqlRows.Source(db)} CROSS JOIN usage_records WHERE request_id = value ->> 0 AND {Whose(scope)} AND started_at >= @start AND started_at < @end)";

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

    private static void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }
}

/// <summary>Whose calls: all of a tenant, or only those made with some keys or by a user.</summary>
public sealed record SpendScope(string TenantId)
{
    public string? KeyId { get; init; }

    /// <summary>Keys beside it whose calls count too.</summary>
    public IReadOnlyList<string> OtherKeyIds { get; init; } = [];
    public string? UserId { get; init; }
}
