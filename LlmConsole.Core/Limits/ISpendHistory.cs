using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Limits;

/// <summary>What the books say was spent: where the memory of budgets comes from, so that no restart resets money.</summary>
public interface ISpendHistory
{
    /// <summary>The books learnt late of calls of this tenant, which whoever asked before doesn't know.</summary>
    event Action<string>? CaughtUp;

    /// <summary>Requests, tokens or nano-dollars of the calls that arrived since a moment, those of <paramref name="except"/> left out; nothing while the books can't be read.</summary>
    ValueTask<long?> SpentAsync(string tenantId, LimitScope scope, QuotaUnit unit, DateTimeOffset from, IReadOnlyCollection<string> except, CancellationToken cancellation);
}
