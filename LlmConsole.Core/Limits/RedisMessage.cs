using StackExchange.Redis;

namespace LlmConsole.Core.Limits;

/// <summary>One message with the steps of many calls: every key and every scope is named once, and steps say its number.</summary>
internal sealed class RedisMessage(RedisScopes scopes, RedisKey[] own)
{
    private const int Million = 1_000_000;

    private readonly List<RedisKey> _keys = [.. own];
    private readonly Dictionary<(ScopeKind Kind, string Id), int> _keyNumbers = [];
    private readonly List<RedisValue[]> _scopes = [];
    private readonly List<RedisValue> _scopeWords = [];
    private readonly List<RedisValue> _steps = [];
    private int _count;

    public RedisKey[] Keys() => [.. _keys];

    public RedisValue[] Arguments(RedisLimits limits, string born) =>
        [limits.Now, born, limits.Instance, (long)RedisLimits.Lease.TotalMilliseconds, _scopes.Count, .. _scopeWords, _count, .. _steps];

    public void Add(RedisStep step)
    {
        _count++;
        if (step is RedisEnding ending) Add(ending);
        else Add((RedisQuestion)step);
    }

    private void Add(RedisQuestion question)
    {
        var (plan, demand, now) = (question.Plan, question.Demand, question.Now);
        var (prompt, promptRest) = Split((Int128)demand.PromptTokens * demand.InputPerMillion.Nanos);
        var (token, tokenRest) = Split((Int128)demand.Choices * demand.OutputPerMillion.Nanos);
        _steps.Add(question.RequestId is null ? "look" : "admit");
        _steps.Add(question.RequestId ?? "");
        _steps.Add(now.ToUnixTimeMilliseconds());
        _steps.Add(plan.HasTokenBudget && !demand.IsFree ? 1 : 0);
        _steps.Add(LimitCheck.Wanted(plan, demand) is { } wanted ? wanted : "");
        _steps.Add(demand.PromptTokens);
        _steps.Add(demand.Choices);
        _steps.Add(prompt + demand.PerRequest.Nanos);
        _steps.Add(promptRest);
        _steps.Add(token);
        _steps.Add(tokenRest);
        _steps.Add(plan.Scopes.Count);
        for (var i = 0; i < plan.Scopes.Count; i++) _steps.Add(NumberOf(plan.Scopes[i], now));
    }

    private void Add(RedisEnding ending)
    {
        var (admission, actual) = (ending.Admission, ending.Actual);
        foreach (var (scope, _) in admission.Scopes) KeyNumberOf((scope.Kind, scope.Id));
        _steps.Add(ending.IsCancelled ? "cancel" : "settle");
        _steps.Add(admission.RequestId);
        _steps.Add(actual.Requests);
        _steps.Add(actual.Tokens);
        _steps.Add(actual.Cost.Nanos);
        _steps.Add(admission.Unlimited.Length);
        foreach (var scope in admission.Unlimited) _steps.Add(KeyNumberOf(scope));
    }

    private int NumberOf(LimitScope scope, DateTimeOffset now)
    {
        var words = scopes.WordsOf(scope, now);
        for (var i = 0; i < _scopes.Count; i++)
        {
            if (_scopes[i] == words) return i + 1;
        }

        _scopes.Add(words);
        _scopeWords.Add(KeyNumberOf((scope.Kind, scope.Id)));
        _scopeWords.AddRange(words);
        return _scopes.Count;
    }

    private int KeyNumberOf((ScopeKind Kind, string Id) scope)
    {
        if (_keyNumbers.TryGetValue(scope, out var number)) return number;
        _keys.Add(scopes.KeyOf(scope));
        return _keyNumbers[scope] = _keys.Count;
    }

    /// <summary>Whole nano-dollars, and millionths of one.</summary>
    private static (long Whole, long Remainder) Split(Int128 millionths) => ((long)Int128.Min(millionths / Million, long.MaxValue), (long)(millionths % Million));
}
