using System.Data.Common;
using LlmConsole.Core.Storage;

namespace LlmConsole.Core.Metering.Sums;

/// <summary>
/// What whole hours and days (UTC) came to, summed once and kept in memory, so that a month isn't summed from its calls at every look, however many look. What was
/// written into them since is asked at each look. Records that are deleted when they are old change no sum.
/// </summary>
internal sealed class BookSums(DatabaseConnections connections, TimeProvider time, int mostParts = BookSums.MostParts) : IDisposable
{
    public const long Hour = 3_600_000;
    public const long Day = 24 * Hour;

    /// <summary>The newest days are kept.</summary>
    private const int MostDays = 64;

    /// <summary>And the hours that were last looked at: those of today, and those of days that are cut by a stretch's edge.</summary>
    private const int MostHours = 7 * 24;

    /// <summary>As long as they come to no more tenants, keys, users, models and tasks than these in all: some 70 MB. Keys and users give way to the others.</summary>
    internal const int MostParts = 200_000;

    /// <summary>A call that asks for its budgets waits no longer for a turn, which is a few milliseconds, or for the sum of a day.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    /// <summary>And for what an earlier process kept, which is read at the start.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(1);

    // One at a time: what somebody reads, the next finds.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly LateRecords _late = new(time);
    private readonly Dictionary<long, StretchSums> _days = [];
    private readonly Dictionary<long, StretchSums> _hours = [];
    private readonly LinkedList<long> _lastUsed = [];
    private Task _takingOver = Task.CompletedTask;

    private long _fullOn;
    private long _callersFullOn;

    /// <summary>Something found no room today, even without its callers. What pages ask is summed at each look; what nobody asked for isn't summed ahead, again and again for nothing.</summary>
    public bool IsFull => Volatile.Read(ref _fullOn) == Today;

    /// <summary>Where callers found no room today they aren't looked at, either.</summary>
    private bool HasRoomForCallers => Volatile.Read(ref _callersFullOn) != Today;

    private long Today => time.GetUtcNow().ToUnixTimeMilliseconds() / Day * Day;

    /// <summary>The first of the days that are kept. What lies before is read at each look.</summary>
    public long Oldest => Today - (MostDays * Day);

    /// <summary>Who reads waits until this has ended, rather than read again what an earlier process kept.</summary>
    /// <param name="takingOver">It doesn't fail.</param>
    public void WaitFor(Task takingOver) => _takingOver = takingOver;

    /// <summary>
    /// What the hours from one to before another came to, in pieces that are each given once, with their first hour and that after their last, and aren't to be changed. Where there is no room for all callers some don't
    /// tell them apart: who wants to know asks the books about these hours, at nobody else's expense.
    /// </summary>
    public async Task ReadAsync(long first, long end, Action<long, long, StretchSums> take, CancellationToken cancellation)
    {
        await _takingOver.WaitAsync(cancellation);
        var oldest = Oldest;
        if (first < oldest) await ReadOlderAsync(first, Math.Min(end, oldest), take, cancellation);
        if (end > oldest) await InTurnAsync((db, known) => ReadKeptAsync(db, Math.Max(Math.Max(first, oldest), known.First), Math.Min(end, known.End), take, cancellation), cancellation);
    }

    /// <summary>The same hour by hour, when nothing else is to be told apart: of days that are over they are in the day's sum, wherever the stretch begins or ends.</summary>
    public async Task ReadHoursAsync(long first, long end, Action<long, PartSums> take, CancellationToken cancellation)
    {
        await _takingOver.WaitAsync(cancellation);
        var oldest = Oldest;
        if (first < oldest) await ReadOlderAsync(first, Math.Min(end, oldest), TakeHours, cancellation);
        if (end > oldest) await InTurnAsync((db, known) => ReadKeptHoursAsync(db, Math.Max(Math.Max(first, oldest), known.First), Math.Min(end, known.End), TakeHours, cancellation), cancellation);

        void TakeHours(long start, long before, StretchSums piece)
        {
            foreach (var (hour, sums) in piece.Hours)
            {
                if (hour >= first && hour < end) take(hour, sums);
            }
        }
    }

    /// <summary>Whether days since a moment are over and kept, as far as that shows without a look. Just after a start it waits a little for what an earlier process kept: to read a month from the books would take longer.</summary>
    public async ValueTask<bool> MayKeepAsync(long from, CancellationToken cancellation)
    {
        if (from > Today - Day) return false;
        if (!_takingOver.IsCompleted) await Task.WhenAny(_takingOver, Task.Delay(StartPatience, time, cancellation));
        return _takingOver.IsCompleted && _days.Count > 0;
    }

    /// <summary>
    /// What days came to for a tenant that are over and lie side by side, the newest that are kept and no part of which lies before a moment. As the books are in the snapshot that the connection's
    /// transaction takes with this, its first look: what is asked on it afterwards fits to the moment. None when nothing is kept, or somebody else reads for long.
    /// </summary>
    public async Task<TenantDays?> TryReadTenantAsync(DbConnection db, string tenantId, long from, CancellationToken cancellation)
    {
        if (!await _turn.WaitAsync(Patience, cancellation)) return null;
        try
        {
            Forget(await _late.HoursAsync(db, cancellation));
            if (!_late.IsSettled) return null;
            var end = Today;
            while (end > from && !_days.ContainsKey(end - Day)) end -= Day;
            var (total, first) = (new PartSums(), end);
            while (first - Day >= from && _days.TryGetValue(first - Day, out var day))
            {
                if (day.Tenants.TryGetValue(tenantId, out var part)) total.Add(part.Figures);
                first -= Day;
            }

            return first < end ? new TenantDays(first, end, total.ToUsage()) : null;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Reads the newest day that is over and not kept yet; false when there is none, or none that fits.</summary>
    public Task<bool> ReadAheadAsync(CancellationToken cancellation) => InTurnAsync(
        async (db, known) =>
        {
            if (IsFull) return false;
            for (var day = Today - Day; day >= Math.Max(Oldest, known.First); day -= Day)
            {
                if (_days.ContainsKey(day)) continue;
                await DayAsync(db, day, cancellation);
                return _days.ContainsKey(day);
            }

            return false;
        },
        cancellation);

    /// <summary>What is kept, and the number of a record up to which all are in it; none while that isn't sure.</summary>
    public Task<KeptSums?> KeptAsync(CancellationToken cancellation) => InTurnAsync(
        (_, _) => Task.FromResult(_late is { IsSettled: true, Bound: > 0 and var bound } ? new KeptSums(bound, new Dictionary<long, StretchSums>(_days), new Dictionary<long, StretchSums>(_hours)) : null), cancellation);

    /// <summary>Takes over what an earlier process kept, and forgets what was written into since. What was read meanwhile stays.</summary>
    public Task TakeOverAsync(KeptSums kept, CancellationToken cancellation) => InTurnAsync(
        (_, _) => Task.FromResult(true),
        cancellation,
        () =>
        {
            _late.Begin(kept.Bound);
            foreach (var (day, sums) in kept.Days.Where(one => !_days.ContainsKey(one.Key))) KeepDay(day, sums);
            foreach (var (hour, sums) in kept.Hours.Where(one => !_hours.ContainsKey(one.Key))) Keep(hour, sums);
        });

    public void Dispose() => _turn.Dispose();

    /// <summary>A day at a time, for the same reason as <see cref="RollupGroups"/>.</summary>
    private async Task ReadOlderAsync(long first, long end, Action<long, long, StretchSums> take, CancellationToken cancellation)
    {
        await using var db = await connections.OpenAsync(cancellation);
        var known = (long)(await db.ValueAsync($"SELECT coalesce(min(hour), 0) FROM usage_rollups", cancellation))!;
        for (long at = Math.Max(first, known), next; at < end; at = next)
        {
            next = Math.Min(end, (at / Day * Day) + Day);
            foreach (var piece in (await StretchReader.ReadAsync(db, at, next, long.MaxValue, withCallers: false, cancellation)).Values) take(at, next, piece);
        }
    }

    private async Task<bool> ReadKeptAsync(DbConnection db, long first, long end, Action<long, long, StretchSums> take, CancellationToken cancellation)
    {
        for (var at = first; at < end;)
        {
            var midnight = (at / Day * Day) + Day;
            if (at % Day == 0 && midnight <= Math.Min(end, Today)) take(at, midnight, await DayAsync(db, at, cancellation));
            else foreach (var (hour, sums) in await HoursAsync(db, at, Math.Min(end, midnight), cancellation)) take(hour, hour + Hour, sums);
            at = midnight;
        }

        return true;
    }

    private async Task<bool> ReadKeptHoursAsync(DbConnection db, long first, long end, Action<long, long, StretchSums> take, CancellationToken cancellation)
    {
        for (var at = first; at < end; at = (at / Day * Day) + Day)
        {
            var midnight = at / Day * Day;
            if (at < Today) take(midnight, midnight + Day, await DayAsync(db, midnight, cancellation));
            else foreach (var (hour, sums) in await HoursAsync(db, at, Math.Min(end, midnight + Day), cancellation)) take(hour, hour + Hour, sums);
        }

        return true;
    }

    private async Task<T> InTurnAsync<T>(Func<DbConnection, (long First, long End), Task<T>> act, CancellationToken cancellation, Action? before = null)
    {
        await using var db = await connections.OpenAsync(cancellation);
        await _turn.WaitAsync(cancellation);
        try
        {
            before?.Invoke();
            Forget(await _late.HoursAsync(db, cancellation));
            var (first, end) = (await db.ListAsync(
                $"SELECT coalesce((SELECT min(hour) FROM usage_rollups), 0), coalesce((SELECT max(hour) FROM usage_rollups) + {Hour}, 0)", row => (row.GetInt64(0), row.GetInt64(1)), cancellation))[0];
            return await act(db, (first / Day * Day, (end + Day - 1) / Day * Day));
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Forget(IReadOnlyList<long>? hours)
    {
        foreach (var hour in hours ?? [.. _hours.Keys, .. _days.Keys])
        {
            _hours.Remove(hour);
            _days.Remove(hour / Day * Day);
        }
    }

    private async Task<StretchSums> DayAsync(DbConnection db, long day, CancellationToken cancellation)
    {
        if (_days.TryGetValue(day, out var kept)) return kept;
        var sums = (await StretchReader.ReadAsync(db, day, day + Day, Day, HasRoomForCallers, cancellation)).GetValueOrDefault(day) ?? new StretchSums();
        foreach (var old in _days.Keys.Where(known => known < Oldest).ToList()) _days.Remove(old);
        KeepDay(day, sums);
        return sums;
    }

    private void KeepDay(long day, StretchSums sums)
    {
        if (Fitting(sums) is { } fitting) _days[day] = fitting;
    }

    /// <summary>Hours of one day.</summary>
    private async Task<IReadOnlyList<(long Hour, StretchSums Sums)>> HoursAsync(DbConnection db, long first, long end, CancellationToken cancellation)
    {
        var hours = new List<long>();
        for (var hour = first; hour < end; hour += Hour) hours.Add(hour);
        var missing = hours.Where(hour => !_hours.ContainsKey(hour)).ToList();
        var read = missing.Count == 0 ? [] : await StretchReader.ReadAsync(db, missing[0], missing[^1] + Hour, Hour, HasRoomForCallers, cancellation);
        var sums = hours.Select(hour => (hour, _hours.GetValueOrDefault(hour) ?? read.GetValueOrDefault(hour) ?? new StretchSums())).ToList();
        foreach (var (hour, one) in sums) Keep(hour, one);
        return sums;
    }

    private void Keep(long hour, StretchSums sums)
    {
        if (!_hours.ContainsKey(hour))
        {
            if (Fitting(sums) is not { } fitting) return;
            _hours[hour] = fitting;
        }

        _lastUsed.Remove(hour);
        _lastUsed.AddLast(hour);
        while (_lastUsed.Count > MostHours)
        {
            _hours.Remove(_lastUsed.First!.Value);
            _lastUsed.RemoveFirst();
        }
    }

    /// <summary>As much of the sums as there is room for; callers, of whom there may be very many, go first.</summary>
    private StretchSums? Fitting(StretchSums sums)
    {
        if (sums.Parts <= Room()) return sums;
        Volatile.Write(ref _callersFullOn, Today);
        var rest = sums.WithoutCallers();
        foreach (var kept in (Dictionary<long, StretchSums>[])[_days, _hours])
        {
            foreach (var start in kept.Keys.Order().TakeWhile(_ => rest.Parts > Room()).ToList()) kept[start] = kept[start].WithoutCallers();
        }

        if (rest.Parts <= Room()) return rest;
        Volatile.Write(ref _fullOn, Today);
        return null;
    }

    private int Room() => mostParts - _days.Values.Sum(day => day.Parts) - _hours.Values.Sum(hour => hour.Parts);
}

/// <summary>What some days came to for a tenant.</summary>
/// <param name="First">The start of the first.</param>
/// <param name="End">The end of the last.</param>
internal sealed record TenantDays(long First, long End, UsageSums Sums);

/// <summary>Sums that are kept.</summary>
/// <param name="Bound">The number of a record; the sums hold every record up to it that arrived in their time.</param>
/// <param name="Days">By their start.</param>
/// <param name="Hours">By their start. One that is under way is right, too, as long as no record with a higher number arrived in it.</param>
internal sealed record KeptSums(long Bound, IReadOnlyDictionary<long, StretchSums> Days, IReadOnlyDictionary<long, StretchSums> Hours);
