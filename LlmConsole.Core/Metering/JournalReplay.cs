using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Metering;

/// <summary>
/// Takes what waits in the journal into the database: what came while the database was away, what an earlier process left, and on SQLite every call. There
/// it writes at most ten times a second, for a transaction of a thousand records costs little more than one of ten; at once when it has been idle or
/// when somebody wants to read.
/// </summary>
internal sealed partial class JournalReplay(UsageJournal journal, BooksWriter writer, BooksHealth health, TimeProvider time, ILogger log) : IDisposable
{
    private const int MaxBatch = 1024;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly Channel<bool> _journaled = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private readonly Lock _lock = new();
    private TaskCompletionSource? _nextPass;
    private long _lastPass;
    private bool _isRunning;
    private bool _isStuck;

    /// <summary>The calls of these tenants came into the books late.</summary>
    public event Action<IReadOnlyCollection<string>>? CaughtUp;

    /// <summary>Something was added to the journal.</summary>
    public void Tell() => _journaled.Writer.TryWrite(true);

    /// <summary>Completes when all that the journal holds now is in the database, or couldn't be brought there. At once when nothing runs that would.</summary>
    public Task WrittenAsync()
    {
        if (!journal.HasRecords || health.IsAway) return Task.CompletedTask;
        lock (_lock)
        {
            if (!_isRunning) return Task.CompletedTask;
            _nextPass ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_wanted.CurrentCount == 0) _wanted.Release();
            Tell();
            return _nextPass.Task;
        }
    }

    /// <summary>From here on it is waited for. The first pass takes over what an earlier process left.</summary>
    public async Task BeginAsync(CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        lock (_lock) _isRunning = true;
        if (!journal.IsEmpty) Tell();
    }

    /// <summary>Runs until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (await _journaled.Reader.ReadAsync(stopping))
            {
                while (!journal.IsEmpty || IsWaitedFor)
                {
                    await PauseAsync(stopping);
                    await PassAsync(CancellationToken.None);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The last pass is the caller's to make.
        }
    }

    /// <summary>A last pass, after the run. What it leaves in the journal is for the next start.</summary>
    public Task EndAsync() => PassAsync(CancellationToken.None);

    /// <summary>From here on nobody waits for it any more.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _isRunning = false;
            _nextPass?.TrySetResult();
            _nextPass = null;
        }
    }

    public void Dispose() => _wanted.Dispose();

    /// <summary>Takes everything over, until the database says no.</summary>
    /// <param name="cancellation">Ends it between two batches.</param>
    private async Task PassAsync(CancellationToken cancellation)
    {
        TaskCompletionSource? pass;
        lock (_lock) (pass, _nextPass) = (_nextPass, null);
        var failures = new List<Exception>();
        try
        {
            foreach (var file in journal.Seal())
            {
                if (!await TryTakeOverAsync(file, failures, cancellation)) return;
            }
        }
        finally
        {
            if (failures.Count > 0 && !_isStuck) Stuck(failures[0]);
            _isStuck = failures.Count > 0;
            _lastPass = time.GetTimestamp();
            pass?.TrySetResult();
        }
    }

    private bool IsWaitedFor
    {
        get
        {
            lock (_lock) return _nextPass is not null;
        }
    }

    private async Task PauseAsync(CancellationToken stopping)
    {
        var rest = health.IsAway || _isStuck ? Pause : Pace - time.GetElapsedTime(_lastPass);
        if (rest > TimeSpan.Zero) await _wanted.WaitAsync(rest, stopping);
    }

    /// <summary>Whatever goes wrong with a file, or with those who are told of it, must not keep the others waiting.</summary>
    private async Task<bool> TryTakeOverAsync(string file, List<Exception> failures, CancellationToken cancellation)
    {
        try
        {
            return await TakeOverAsync(file, cancellation);
        }
        catch (Exception e)
        {
            failures.Add(e);
            return true;
        }
    }

    private async Task<bool> TakeOverAsync(string file, CancellationToken cancellation)
    {
        var isLate = health.IsAway || journal.IsLeftOver(file);
        var count = 0;
        var tenants = new HashSet<string>(StringComparer.Ordinal);
        foreach (var records in journal.Read(file).Chunk(MaxBatch))
        {
            if (cancellation.IsCancellationRequested) return false;
            if (await writer.TryWriteAsync(records, isLate) is { } failure)
            {
                health.Refused(records.Length, failure);
                journal.Shrink();
                return false;
            }

            health.Took();
            count += records.Length;
            if (isLate) tenants.UnionWith(records.Select(record => record.TenantId));
        }

        journal.Delete(file);
        if (!isLate) return true;
        Replayed(count, file);
        CaughtUp?.Invoke(tenants);
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "{Count} usage records of the journal {File} are in the books now")]
    private partial void Replayed(int count, string file);

    [LoggerMessage(LogLevel.Error, "A file of the journal could not be taken over as a whole; what is left of it is tried again")]
    private partial void Stuck(Exception error);
}
