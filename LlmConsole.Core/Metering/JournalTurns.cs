namespace LlmConsole.Core.Metering;

/// <summary>
/// Where calls that end at the same moment meet, when the journal comes first: one of them writes for all that came meanwhile, so nobody waits for a lock and no
/// writer has to be woken. A disk that stands still holds up one thread.
/// </summary>
/// <param name="written">Told after each write.</param>
/// <param name="areStaged">Whether calls go in stages: then a turn waits behind all that is ready to run, and writes for those calls that ended meanwhile.</param>
internal sealed class JournalTurns(UsageJournal journal, LedgerQueue queue, Action written, Func<bool> areStaged) : IThreadPoolWorkItem
{
    private readonly Lock _turn = new();
    private int _isQueued;

    /// <summary>Completes when the record is in the journal; none when the journal doesn't take it.</summary>
    public Task? WriteAsync(UsageRecord record)
    {
        if (areStaged()) return QueueAsync(record);
        if (!_turn.TryEnter()) return LeaveAsync(record);
        bool isKept;
        try
        {
            isKept = journal.TryAppend(new ReadOnlySpan<UsageRecord>(in record));
        }
        finally
        {
            _turn.Exit();
            WriteForOthers();
        }

        if (isKept) written();
        return isKept ? Task.CompletedTask : null;
    }

    /// <summary>The turn that was waited for.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        Volatile.Write(ref _isQueued, 0);
        WriteForOthers();
    }

    /// <summary>Leaves the record to a turn that is yet to come.</summary>
    private Task? QueueAsync(UsageRecord record)
    {
        if (!queue.TryAdd(record, out var entry, tellWriter: false)) return null;
        if (Interlocked.Exchange(ref _isQueued, 1) == 0) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return entry.Durable;
    }

    /// <summary>Leaves the record to whose turn it is; if that turn ended meanwhile, nobody else would come.</summary>
    private Task? LeaveAsync(UsageRecord record)
    {
        if (!queue.TryAdd(record, out var entry, tellWriter: false)) return null;
        WriteForOthers();
        return entry.Durable;
    }

    private void WriteForOthers()
    {
        while (queue.HasWaiting && _turn.TryEnter())
        {
            var isWritten = false;
            try
            {
                isWritten = TryWriteBatch();
            }
            finally
            {
                _turn.Exit();

                // Whoever came during a turn that wrote nothing has left its record to that turn.
                if (!isWritten) queue.TellWriter();
            }

            if (!isWritten) return;
        }
    }

    /// <summary>False when nothing was written: somebody else has what waits, or the journal doesn't take it.</summary>
    private bool TryWriteBatch()
    {
        if (!queue.TryTake(out var batch)) return false;
        var isKept = false;
        try
        {
            isKept = journal.TryAppend([.. batch.Select(entry => entry.Record)]);
        }
        finally
        {
            if (!isKept) queue.PutBack();
        }

        if (!isKept) return false;
        foreach (var entry in batch) entry.TryComplete();
        queue.Written();
        written();
        return true;
    }
}
