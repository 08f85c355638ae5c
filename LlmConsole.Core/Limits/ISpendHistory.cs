using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Limits;

/// <summary>What the books say was spent: where the memory of budgets comes from, so that no restart resets money.</summary>
public interface ISpendHistory
{
    /// <summary>Requests, tokens or nano-dollars of the calls that arrived since a moment, those of <paramref name="except"/> left out.</summary>
    ValueTask<long> SpentAsync(string tenantId, LimitScope scope, QuotaUnit unit, DateTimeOffset from, IReadOnlyCollection<string> except, CancellationToken cancellation);
}
