namespace LlmConsole.Core.Jobs;

/// <summary>The calls that all jobs of one tenant have under way here: one count, however many each job may have at once.</summary>
internal sealed class TenantCalls
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiting = [];
    private int _underWay;

    /// <summary>Takes a place, until the result is disposed: the first who came of those that may have as many calls under way as there are then.</summary>
    /// <param name="most">How many may be under way; asked again whenever a place becomes free.</param>
    public async Task<Place> EnterAsync(Func<int> most, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var waiter = new Waiter(most);
        lock (_lock)
        {
            _waiting.AddLast(waiter);
            Admit();
        }

        await using var leaving = cancellation.Register(() => Leave(waiter, cancellation));
        await waiter.Admitted.Task;
        return new Place(this);
    }

    private void Leave(Waiter waiter, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_waiting.Remove(waiter)) waiter.Admitted.SetCanceled(cancellation);
        }
    }

    private void Free()
    {
        lock (_lock)
        {
            _underWay--;
            Admit();
        }
    }

    private void Admit()
    {
        for (var node = _waiting.First; node is not null;)
        {
            var (waiter, next) = (node.Value, node.Next);
            if (_underWay < waiter.Most())
            {
                _underWay++;
                _waiting.Remove(node);
                waiter.Admitted.SetResult();
            }

            node = next;
        }
    }

    internal sealed class Place(TenantCalls calls) : IDisposable
    {
        public void Dispose() => calls.Free();
    }

    private sealed class Waiter(Func<int> most)
    {
        public Func<int> Most => most;

        public TaskCompletionSource Admitted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
