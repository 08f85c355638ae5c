namespace LlmConsole.Core.Metering;

/// <summary>
/// A thread for writes that hold theirs until they are done: on a single core the thread pool has no second for the calls. It stays, for there may be ten writes a second, and to start a thread costs as much as
/// to write some records. Not for use by two at once.
/// </summary>
internal sealed class BooksThread : IDisposable
{
    private readonly object _changed = new();
    private Action? _next;
    private bool _isStarted;
    private bool _isOver;

    /// <summary>Runs it on the thread, and completes with what it returns; fails when the thread has ended.</summary>
    public Task RunAsync(Func<Task> write)
    {
        var begun = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_changed)
        {
            if (_isOver) return Task.FromException(new ObjectDisposedException(nameof(BooksThread)));
            _next = () => Begin(write, begun);
            Monitor.Pulse(_changed);
            if (!_isStarted) new Thread(Run) { IsBackground = true, Name = "Books" }.UnsafeStart();
            _isStarted = true;
        }

        return begun.Task.Unwrap();
    }

    /// <summary>The thread ends when it is done with what it runs.</summary>
    public void Dispose()
    {
        lock (_changed)
        {
            _isOver = true;
            Monitor.Pulse(_changed);
        }
    }

    private static void Begin(Func<Task> write, TaskCompletionSource<Task> begun)
    {
        try
        {
            begun.SetResult(write());
        }
        catch (Exception e)
        {
            begun.SetException(e);
        }
    }

    private void Run()
    {
        while (Next() is { } write) write();
    }

    private Action? Next()
    {
        lock (_changed)
        {
            while (_next is null && !_isOver) Monitor.Wait(_changed);
            var next = _next;
            _next = null;
            return next;
        }
    }
}
