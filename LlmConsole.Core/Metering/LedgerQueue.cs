namespace LlmConsole.Core.Metering;

/// <summary>
/// Finished calls on their way into the books, in the order in which they ended. One writer takes them in batches. Waiting costs a call no timer: a look
/// over all that wait, once a second, lets those go that have waited too long.
/// </summary>
internal sealed class LedgerQueue(int most, int batch, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<Entry> _taken = new(batch);
    /// <summary>What found the queue full. As long as anything is here, the queue is full.</summary>
    private readonly Queue<(UsageRecord Record, TaskCompletionSource<Entry?> Added)> _outside = [];
    private List<Entry> _waiting = [];
    private TaskCompletionSource? _writer;
    private volatile int _count;
    private bool _isTaken;
    private bool _isClosed;

    /// <summary>Whether somebody waits whose record nobody has taken.</summary>
    public bool HasWaiting => _count > 0;

    /// <summary>False when the queue is full or closed.</summary>
    /// <param name="entry">Who waits.</param>
    /// <param name="tellWriter">False when the caller sees to it that the record is taken.</param>
    public bool TryAdd(UsageRecord record, out Entry entry, bool tellWriter = true)
    {
        entry = new Entry(record, time.GetTimestamp());
        TaskCompletionSource? writer = null;
        lock (_lock)
        {
            if (_isClosed || _waiting.Count >= most) return false;
            _waiting.Add(entry);
            _count = _waiting.Count;
            if (tellWriter) (writer, _writer) = (_writer, null);
        }

        writer?.TrySetResult();
        return true;
    }

    /// <summary>The next batch for somebody who isn't the writer, valid until it is <see cref="Written"/> or <see cref="PutBack"/>. False when there is none or another one is being written.</summary>
    public bool TryTake(out IReadOnlyList<Entry> taken)
    {
        taken = _taken;
        lock (_lock)
        {
            if (_isTaken || _waiting.Count == 0) return false;
            Take();
            return true;
        }
    }

    /// <summary>If somebody waits, the writer is to see to it.</summary>
    public void TellWriter()
    {
        TaskCompletionSource? writer = null;
        lock (_lock)
        {
            if (_waiting.Count > 0) (writer, _writer) = (_writer, null);
        }

        writer?.TrySetResult();
    }

    /// <summary>Adds a record to a full queue as soon as there is room, the first who came first. None when the queue is closed.</summary>
    public Task<Entry?> AddAsync(UsageRecord record)
    {
        lock (_lock)
        {
            if (_isClosed) return Task.FromResult<Entry?>(null);

            // Between the two looks the writer may have made room.
            if (TryAdd(record, out var entry)) return Task.FromResult<Entry?>(entry);
            var added = new TaskCompletionSource<Entry?>(TaskCreationOptions.RunContinuationsAsynchronously);
            _outside.Enqueue((record, added));
            return added.Task;
        }
    }

    /// <summary>The next batch, for the writer, valid until it is <see cref="Written"/>; empty when the queue is closed and nothing is left.</summary>
    public async ValueTask<IReadOnlyList<Entry>> TakeAsync()
    {
        while (true)
        {
            Task more;
            lock (_lock)
            {
                if (!_isTaken)
                {
                    Take();
                    if (_isTaken || _isClosed) return _taken;
                }

                _writer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                more = _writer.Task;
            }

            await more;
        }
    }

    /// <summary>Nothing is added any more.</summary>
    public void Close()
    {
        TaskCompletionSource? writer;
        lock (_lock)
        {
            _isClosed = true;
            while (_outside.TryDequeue(out var outside)) outside.Added.SetResult(null);
            (writer, _writer) = (_writer, null);
        }

        writer?.TrySetResult();
    }

    /// <summary>The batch that was taken is in the books.</summary>
    public void Written()
    {
        TaskCompletionSource? writer = null;
        lock (_lock)
        {
            _taken.Clear();
            _isTaken = false;
            if (_isClosed) (writer, _writer) = (_writer, null);
        }

        writer?.TrySetResult();
    }

    /// <summary>The batch that was taken could not be written; it is the writer's now.</summary>
    public void PutBack()
    {
        TaskCompletionSource? writer;
        lock (_lock)
        {
            _waiting.InsertRange(0, _taken);
            _count = _waiting.Count;
            _taken.Clear();
            _isTaken = false;
            (writer, _writer) = (_writer, null);
        }

        writer?.TrySetResult();
    }

    /// <summary>All that isn't in the books: what nobody took, and a batch that its writer could not write.</summary>
    public IReadOnlyList<Entry> TakeRest()
    {
        lock (_lock)
        {
            Entry[] rest = [.. _taken, .. _waiting];
            _waiting = [];
            _count = 0;
            return rest;
        }
    }

    /// <summary>Lets calls go that have waited so long; their records stay in the queue. Returns the records.</summary>
    public IReadOnlyList<UsageRecord> Release(TimeSpan after)
    {
        var late = new List<UsageRecord>();
        lock (_lock)
        {
            foreach (var entry in _taken.Concat(_waiting))
            {
                if (time.GetElapsedTime(entry.Since) < after) break;
                if (entry.TryComplete()) late.Add(entry.Record);
            }
        }

        return late;
    }

    /// <summary>Records of a tenant whose calls were let go before anybody kept them.</summary>
    public IReadOnlyList<UsageRecord> Released(string tenantId)
    {
        lock (_lock) return [.. _taken.Concat(_waiting).Where(entry => entry.Durable.IsCompleted && entry.Record.TenantId == tenantId).Select(entry => entry.Record)];
    }

    private void Take()
    {
        var count = Math.Min(batch, _waiting.Count);
        _taken.Clear();
        _taken.AddRange(_waiting.Take(count));
        _isTaken = count > 0;
        if (count == _waiting.Count) _waiting.Clear();
        else _waiting = _waiting.GetRange(count, _waiting.Count - count);
        while (_waiting.Count < most && _outside.TryDequeue(out var outside))
        {
            _waiting.Add(new Entry(outside.Record, time.GetTimestamp()));
            outside.Added.SetResult(_waiting[^1]);
        }

        _count = _waiting.Count;
    }

    /// <summary>A call that waits for its record.</summary>
    internal sealed class Entry(UsageRecord record, long since) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public UsageRecord Record => record;

        public long Since => since;

        public Task Durable => Task;

        public bool TryComplete() => TrySetResult();
    }
}
