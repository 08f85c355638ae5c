using StackExchange.Redis;

namespace LlmConsole.Core.Limits;

/// <summary>The scopes of one tenant in the words of the scripts, remembered from one message to the next. Its owner sees to it that only one asks at a time.</summary>
internal sealed class RedisScopes(string tenantId, RedisLimits limits)
{
    private const int MostRemembered = 256;

    private readonly Dictionary<(ScopeKind Kind, string Id), RedisKey> _keys = [];
    private readonly Dictionary<LimitScope, Wording> _wordings = [];

    public RedisKey KeyOf((ScopeKind Kind, string Id) scope)
    {
        if (_keys.TryGetValue(scope, out var key)) return key;
        if (_keys.Count >= MostRemembered) _keys.Clear();
        return _keys[scope] = KeyOf(limits, tenantId, scope);
    }

    public static RedisKey KeyOf(RedisLimits limits, string tenantId, (ScopeKind Kind, string Id) scope) =>
        limits.Redis.Key(scope.Kind == ScopeKind.Tenant ? $"limits:{{{tenantId}}}:tenant" : $"limits:{{{tenantId}}}:{(scope.Kind == ScopeKind.Key ? "key" : "user")}:{scope.Id}");

    /// <summary>A scope's limits, and its budgets in the periods that hold a moment.</summary>
    public RedisValue[] WordsOf(LimitScope scope, DateTimeOffset now)
    {
        if (_wordings.TryGetValue(scope, out var wording) && wording.Holds(now)) return wording.Words;
        if (_wordings.Count >= MostRemembered) _wordings.Clear();
        return (_wordings[scope] = Wording.Of(scope, now)).Words;
    }

    private sealed record Wording(RedisValue[] Words, DateTimeOffset From, DateTimeOffset Until)
    {
        public bool Holds(DateTimeOffset moment) => moment >= From && moment < Until;

        public static Wording Of(LimitScope scope, DateTimeOffset now)
        {
            var (from, until) = (DateTimeOffset.MinValue, DateTimeOffset.MaxValue);
            var words = new List<RedisValue>(4 + (5 * scope.Quotas.Count)) { OrNone(scope.Limits.RequestsPerMinute), OrNone(scope.Limits.TokensPerMinute), OrNone(scope.Limits.Concurrency), scope.Quotas.Count };
            foreach (var quota in scope.Quotas)
            {
                var (start, end) = QuotaCalendar.PeriodOf(quota, now);
                words.AddRange([quota.Hard ? 1 : 0, quota.Limit, BudgetKey.Of(quota).Name, start.ToUnixTimeMilliseconds(), OrNone(end?.ToUnixTimeMilliseconds())]);
                if (start > from) from = start;
                if (end < until) until = end.Value;
            }

            return new Wording([.. words], from, until);
        }

        private static RedisValue OrNone(long? number) => number is { } some ? some : "";
    }
}
