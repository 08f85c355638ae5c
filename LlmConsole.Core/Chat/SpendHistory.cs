using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Chat;

/// <summary>Lets the limits ask the books.</summary>
internal sealed class SpendHistory(IDbContextFactory<LlmConsoleDbContext> contexts) : ISpendHistory
{
    public async ValueTask<long> SpentAsync(string tenantId, LimitScope scope, QuotaUnit unit, DateTimeOffset from, IReadOnlyCollection<string> except, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var records = db.Set<UsageRecord>().Where(record => record.TenantId == tenantId && record.StartedAt >= from && record.Outcome != Outcome.Refused && !except.Contains(record.RequestId));
        if (scope.Kind == ScopeKind.Key) records = records.Where(record => record.KeyId == scope.Id);
        if (scope.Kind == ScopeKind.User) records = records.Where(record => record.UserId == scope.Id);
        return unit switch
        {
            QuotaUnit.Requests => await records.LongCountAsync(cancellation),
            QuotaUnit.Tokens => await records.SumAsync(record => record.InputTokens + record.CachedInputTokens + record.OutputTokens, cancellation),
            _ => (await records.Select(record => record.Cost).ToListAsync(cancellation)).Aggregate(Usd.Zero, (sum, cost) => sum + cost).Nanos,
        };
    }
}
