namespace LlmConsole.Core.Idempotency;

/// <summary>The right to run the one call of a key. It is kept alive until it is disposed; undisposed by a killed process, it lapses.</summary>
public sealed class IdempotencyClaim : IDisposable
{
    private readonly IdempotencyStore _store;

    internal IdempotencyClaim(IdempotencyStore store, IdempotentRequest request, string requestId)
    {
        (_store, Request, RequestId) = (store, request, requestId);
        store.Running[requestId] = this;
    }

    public IdempotentRequest Request { get; }
    public string RequestId { get; }

    /// <summary>The call has ended with this answer: it is given again to whoever repeats the request.</summary>
    public Task KeepAsync(byte[] answer) => _store.SettleAsync(this, IdempotencyState.Answered, answer);

    /// <summary>The call was charged and its answer can't be kept: repetitions are refused.</summary>
    public Task SpendAsync() => _store.SettleAsync(this, IdempotencyState.Spent, null);

    /// <summary>The call came to nothing: a repetition runs.</summary>
    public Task ReleaseAsync() => _store.ReleaseAsync(this);

    public void Dispose() => _store.Running.TryRemove(RequestId, out _);
}
