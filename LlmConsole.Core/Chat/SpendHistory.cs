using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;

namespace LlmConsole.Core.Chat;

/// <summary>Lets the limits ask the books.</summary>
internal sealed class SpendHistory(SpendQueries books) : ISpendHistory
{
    public async ValueTask<long> SpentAsync(string tenantId, LimitScope scope, QuotaUnit unit, DateTimeOffset from, IReadOnlyCollection<string> except, CancellationToken cancellation)
    {
        var whose = scope.Kind switch
        {
            ScopeKind.Key => new SpendScope(tenantId) { KeyId = scope.Id },
            ScopeKind.User => new SpendScope(tenantId) { UserId = scope.Id },
            _ => new SpendScope(tenantId),
        };
        return await books.SpentAsync(whose, unit, from, to: null, except, cancellation);
    }
}
