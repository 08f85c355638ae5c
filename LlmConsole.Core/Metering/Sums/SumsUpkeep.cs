using System.Data.Common;
using LlmConsole.Core.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Metering.Sums;

/// <summary>
/// Sums days up before somebody looks at them: takes over what an earlier process kept in its file, a little later sums the hours of today and of days that pages cut, and
/// then the days that are missing, the newest first and with pauses, and writes the file. Later each day when it is over, and the file every hour.
/// </summary>
internal sealed partial class SumsUpkeep(BookSums sums, DatabaseConnections connections, StorageOptions storage, TimeProvider time, ILogger<SumsUpkeep> log) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(65);

    /// <summary>After a start others come first.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Days that are cut by the edges of the stretches that pages offer most, as so many days ago.</summary>
    private static readonly int[] CutDays = [0, 1, 7, 30];

    private readonly SumsFile _file = new(Path.Combine(storage.DataDirectory, "sums"));
    private Task _takingOver = Task.CompletedTask;
    private bool _hasTakenOver;
    private bool _isNew;
    private long _hour;

    /// <summary>Begins to take over what there is before the first page can be asked for.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        sums.WaitFor(_takingOver = Task.Run(() => TryAsync(TakeOverAsync, CancellationToken.None), CancellationToken.None));
        return base.StartAsync(cancellationToken);
    }

    /// <summary>One round; the first takes over what there is.</summary>
    internal async Task RunOnceAsync(CancellationToken cancellation)
    {
        await TakeOverAsync(cancellation);
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var today = now / BookSums.Day * BookSums.Day;

        // All but one of their hours, for whole days are summed as such.
        foreach (var day in CutDays.Select(back => today - (back * BookSums.Day)).TakeWhile(_ => !sums.IsFull)) await sums.ReadAsync(day, day + BookSums.Day - BookSums.Hour, (_, _, _) => { }, cancellation);
        while (await sums.ReadAheadAsync(cancellation))
        {
            _isNew = true;
            await Task.Delay(Pause, time, cancellation);
        }

        // What is in the file of an hour that goes on is lost at its next call, so it need not be written more often.
        (_isNew, _hour) = (_isNew || _hour != UsageHour.Floor(now), UsageHour.Floor(now));
        if (_isNew && await sums.KeptAsync(cancellation) is { } kept && await RequestIdAsync(kept.Bound, cancellation) is { } requestId)
        {
            _file.Write(kept, requestId);
            _isNew = false;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            await _takingOver.WaitAsync(stoppingToken);
            await Task.Delay(Grace, time, stoppingToken);
            do await TryAsync(RunOnceAsync, stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops. What isn't in the file is summed again after the next start.
        }
    }

    private async Task TakeOverAsync(CancellationToken cancellation)
    {
        if (_hasTakenOver) return;
        if (_file.Read() is var (kept, requestId) && await RequestIdAsync(kept.Bound, cancellation) == requestId) await sums.TakeOverAsync(kept, cancellation);
        _hasTakenOver = true;
    }

    private async Task<string?> RequestIdAsync(long sequence, CancellationToken cancellation) =>
        (string?)await connections.ValueAsync($"SELECT request_id FROM usage_records WHERE sequence = {sequence}", cancellation);

    private async Task TryAsync(Func<CancellationToken, Task> act, CancellationToken cancellation)
    {
        try
        {
            await act(cancellation);
        }
        catch (Exception e) when (e is DbException or IOException or UnauthorizedAccessException or TimeoutException or InvalidOperationException { InnerException: DbException })
        {
            Failed(e);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Summing up past days failed; pages sum them when they are looked at, and it is tried again")]
    private partial void Failed(Exception error);
}
