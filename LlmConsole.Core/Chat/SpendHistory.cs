using System.Data.Common;
using System.Net.Sockets;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Chat;

/// <summary>Lets the limits ask the books.</summary>
internal sealed partial class SpendHistory : ISpendHistory
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly SpendQueries _books;
    private readonly UsageLedger _ledger;
    private readonly ConfigurationStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    public SpendHistory(SpendQueries books, UsageLedger ledger, ConfigurationStore store, TimeProvider time, ILogger<SpendHistory> log)
    {
        (_books, _ledger, _store, _time, _log) = (books, ledger, store, time, log);
        ledger.CaughtUp += tenants =>
        {
            foreach (var tenant in tenants) CaughtUp?.Invoke(tenant);
        };
    }

    public event Action<string>? CaughtUp;

    public async ValueTask<long?> SpentAsync(string tenantId, LimitScope scope, QuotaUnit unit, DateTimeOffset from, IReadOnlyCollection<string> except, CancellationToken cancellation)
    {
        var whose = scope.Kind switch
        {
            ScopeKind.Key => new SpendScope(tenantId) { KeyId = scope.Id, OtherKeyIds = [.. _store.Current.Keys.Values.Where(key => key.IsOfLine(scope.Id) && key.Id != scope.Id).Select(key => key.Id)] },
            ScopeKind.User => new SpendScope(tenantId) { UserId = scope.Id },
            _ => new SpendScope(tenantId),
        };

        // A call may be replayed from the journal at this moment: the books are asked without those that wait there, which are counted here.
        var left = except as IReadOnlySet<string> ?? except.ToHashSet(StringComparer.Ordinal);
        var waiting = _ledger.Waiting(whose, from).Where(call => !left.Contains(call.RequestId)).ToList();
        using var patience = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            var kept = await _books.SpentAsync(whose, unit, from, to: null, [.. except, .. waiting.Select(call => call.RequestId)], either.Token).WaitAsync(either.Token);
            return kept + waiting.Sum(call => call.Of(unit));
        }
        catch (Exception e) when (IsOfDatabase(e) || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            Unreadable(e);
            return null;
        }
    }

    private static bool IsOfDatabase(Exception error) => error is DbException or TimeoutException or SocketException;

    [LoggerMessage(LogLevel.Warning, "The books can't be read, so what a budget has spent isn't known")]
    private partial void Unreadable(Exception error);
}
