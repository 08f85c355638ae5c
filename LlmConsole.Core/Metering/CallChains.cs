namespace LlmConsole.Core.Metering;

/// <summary>
/// Calls that wait for long, chained by whose they are: of each tenant, key and user. So finding those of one costs as much as they are, and forgetting a file as much
/// as it holds, whatever else waits. Not for several threads at once.
/// </summary>
internal sealed class CallChains
{
    private readonly Dictionary<string, List<Waiting>> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<SpendScope, Chain> _chains = [];

    public bool IsEmpty => _files.Count == 0;

    public bool Has(string file) => _files.ContainsKey(file);

    /// <summary>Adds to what waits in a file, or begins it.</summary>
    public void Add(string file, IEnumerable<JournaledCall> calls)
    {
        if (!_files.TryGetValue(file, out var waiting)) _files[file] = waiting = [];
        foreach (var call in calls)
        {
            var one = new Waiting(call);
            waiting.Add(one);
            foreach (var scope in Scopes(call)) ChainOf(scope.Of).Append(one, scope.By);
        }
    }

    public void Remove(string file)
    {
        if (!_files.Remove(file, out var waiting)) return;
        foreach (var one in waiting)
        {
            foreach (var (of, by) in Scopes(one.Call))
            {
                var chain = _chains[of];
                chain.Remove(one, by);
                if (chain.IsEmpty) _chains.Remove(of);
            }
        }
    }

    /// <summary>The calls of a tenant, of each key or of a user, in the order in which they came; those of keys when a user is named too.</summary>
    public IEnumerable<JournaledCall> Of(SpendScope scope)
    {
        if (scope.OtherKeyIds.Count > 0) return scope.OtherKeyIds.Prepend(scope.KeyId).SelectMany(key => Of(new SpendScope(scope.TenantId) { KeyId = key, UserId = scope.UserId }));
        var by = scope.KeyId is not null ? By.Key : scope.UserId is not null ? By.User : By.Tenant;
        var of = new SpendScope(scope.TenantId) { KeyId = scope.KeyId, UserId = by == By.User ? UsageText.User(scope.UserId) : null };
        return _chains.TryGetValue(of, out var chain) ? chain.Calls(by) : [];
    }

    private Chain ChainOf(SpendScope scope)
    {
        if (!_chains.TryGetValue(scope, out var chain)) _chains[scope] = chain = new Chain();
        return chain;
    }

    private static IEnumerable<(SpendScope Of, By By)> Scopes(JournaledCall call)
    {
        var tenant = new SpendScope(call.TenantId);
        yield return (tenant, By.Tenant);
        if (call.KeyId is { } key) yield return (tenant with { KeyId = key }, By.Key);
        if (call.UserId is { } user) yield return (tenant with { UserId = user }, By.User);
    }

    private enum By
    {
        Tenant,
        Key,
        User,
    }

    /// <summary>A call, and its neighbours in each of its chains.</summary>
    private sealed class Waiting(JournaledCall call)
    {
        private Links _ofTenant;
        private Links _ofKey;
        private Links _ofUser;

        public JournaledCall Call => call;

        public ref Links In(By by)
        {
            if (by == By.Tenant) return ref _ofTenant;
            if (by == By.Key) return ref _ofKey;
            return ref _ofUser;
        }
    }

    private struct Links
    {
        public Waiting? Before;
        public Waiting? After;
    }

    private sealed class Chain
    {
        private Waiting? _first;
        private Waiting? _last;

        public bool IsEmpty => _first is null;

        public void Append(Waiting one, By by)
        {
            one.In(by).Before = _last;
            if (_last is null) _first = one;
            else _last.In(by).After = one;
            _last = one;
        }

        public void Remove(Waiting one, By by)
        {
            var (before, after) = (one.In(by).Before, one.In(by).After);
            if (before is null) _first = after;
            else before.In(by).After = after;
            if (after is null) _last = before;
            else after.In(by).Before = before;
        }

        public IEnumerable<JournaledCall> Calls(By by)
        {
            for (var one = _first; one is not null; one = one.In(by).After) yield return one.Call;
        }
    }
}
