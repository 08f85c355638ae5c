using System.Collections.Concurrent;
using LlmConsole.Core.Redis;
using StackExchange.Redis;

namespace LlmConsole.Core.Limits;

/// <summary>One tenant's limits in Redis, as this process talks to them.</summary>
internal sealed class RedisTenant : IDisposable
{
    /// <summary>Between asking and answering others may change what was asked about; each of these makes somebody's call go on.</summary>
    private const int MostTries = 20;

    /// <summary>While a script runs, Redis does nothing else.</summary>
    private const int MostSteps = 128;

    private static readonly TimeSpan BooksPause = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, bool> _underWay = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _gate = new(1);
    private readonly string _tenantId;
    private readonly TenantBook _book;
    private readonly RedisLimits _limits;
    private readonly RedisKey[] _keys;
    private readonly RedisScopes _scopes;
    private readonly RedisTurns<RedisStep> _turns;
    private string _born = "";
    private DateTimeOffset _booksAgain = DateTimeOffset.MinValue;
    private long _joined = -1;

    public RedisTenant(string tenantId, TenantBook book, RedisLimits limits)
    {
        (_tenantId, _book, _limits) = (tenantId, book, limits);
        _keys = [limits.Redis.Key($"limits:{{{tenantId}}}"), limits.Redis.Key($"limits:{{{tenantId}}}:leases"), limits.Redis.Key($"limits:{{{tenantId}}}:calls")];
        _scopes = new RedisScopes(tenantId, limits);
        _turns = new RedisTurns<RedisStep>(MostSteps, static () => Stages.AreQueued, SendAsync);
    }

    private bool IsJoined => Interlocked.Read(ref _joined) == _limits.Redis.Outages;

    /// <summary>The call's admission; nothing when Redis, or the books that it has to be told of, can't be asked.</summary>
    /// <exception cref="Wire.RefusalException">Something doesn't fit.</exception>
    public async ValueTask<Admission?> AdmitAsync(LimitPlan plan, Demand demand, string requestId, DateTimeOffset now, long second, CancellationToken cancellation)
    {
        _underWay[requestId] = true;
        try
        {
            if (await AskAsync(plan, demand, requestId, now, second, cancellation) is not { } reply) return null;
            if (reply.Verdict == RedisVerdict.Taken) return _book.Follow(plan, demand, requestId, now, second, new RedisGrant(this, reply));
            var check = new LimitCheck(reply.Scopes, demand, now);
            check.Calls();
            check.Output(plan, out _);

            // Amounts beyond 2^53 can make the two differ; a caller must not pay for it with an error.
            return null;
        }
        finally
        {
            _underWay.TryRemove(requestId, out _);
        }
    }

    /// <summary>Where the budgets of the plan stand; nothing when Redis, or the books, can't be asked.</summary>
    public async ValueTask<IReadOnlyList<QuotaStanding>?> StandingsAsync(LimitPlan plan, DateTimeOffset now, long second, CancellationToken cancellation)
    {
        if (await AskAsync(plan, new Demand { PromptTokens = 0, Choices = 1 }, requestId: null, now, second, cancellation) is not { } reply) return null;
        return [.. from scope in reply.Scopes
                   from quota in scope.Scope.Quotas
                   let budget = scope.Book.Budgets[BudgetKey.Of(quota)]
                   select new QuotaStanding(scope.Scope, quota, budget.Spent, budget.Reserved, budget.Start, budget.End)];
    }

    /// <summary>Counts what a call used. Where Redis doesn't hear it, the books are asked again when it does.</summary>
    public async ValueTask SettleAsync(Admission admission, Consumption actual) =>
        await EndAsync(admission, isCancelled: false, actual);

    public async ValueTask CancelAsync(Admission admission) => await EndAsync(admission, isCancelled: true, default);

    /// <summary>Where the caller stands with its limits; nothing when Redis, or the books, can't be asked.</summary>
    public async ValueTask<Wire.LimitReport?> ReportAsync(LimitPlan plan, DateTimeOffset now, long second, CancellationToken cancellation) =>
        await AskAsync(plan, new Demand { PromptTokens = 0, Choices = 1 }, requestId: null, now, second, cancellation) is { } reply ? LimitCheck.Report(reply.Scopes) : null;

    /// <summary>Prolongs the leases of calls under way.</summary>
    public async Task RenewAsync(long second)
    {
        var calls = _book.Running();
        if (calls.Length == 0) return;
        if (IsJoined)
        {
            RedisValue[] arguments = [_limits.Now, Milliseconds(RedisLimits.Lease), calls.Length, .. calls.Select(call => (RedisValue)call.RequestId)];
            if (await RunAsync(LimitScripts.Renew, _keys, arguments) is not { HasValue: true } missing || (int)missing.Value == 0) return;
            Leave();
        }

        await JoinAsync(second, CancellationToken.None);
    }

    /// <summary>Before the next call Redis is told again what this process has, and the books are asked again what was spent.</summary>
    public void Leave() => Interlocked.Exchange(ref _joined, -1);

    public void Dispose() => _gate.Dispose();

    private async ValueTask<RedisReply?> AskAsync(LimitPlan plan, Demand demand, string? requestId, DateTimeOffset now, long second, CancellationToken cancellation)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            if (!IsJoined && !await JoinAsync(second, cancellation)) return null;
            var question = new RedisQuestion(plan, demand, requestId, now);
            _turns.Add(question);
            if (await question.Answer is not { HasValue: true, Value: var reply }) return null;
            if (reply.Verdict == RedisVerdict.Rejoin) Leave();
            else if (reply.Verdict != RedisVerdict.Seed) return reply;
            else if (!await SeedAsync(plan, KeysOf(plan), cancellation)) return null;
        }

        return null;
    }

    /// <summary>Makes known which calls this process has, and what it admitted in the last minute.</summary>
    private async Task<bool> JoinAsync(long second, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (IsJoined) return true;
            var outages = _limits.Redis.Outages;
            string[] underWay = [.. _underWay.Keys];
            var calls = Array.FindAll(_book.Running(), call => !underWay.Contains(call.RequestId));
            var minute = _book.Minute(second);
            RedisKey[] keys = [.. _keys, .. minute.Select(scope => KeyOf(scope.Scope.Kind, scope.Scope.Id))];
            var answer = await RunAsync(LimitScripts.Rejoin, keys, RedisArguments.Rejoin(_limits, _born, underWay, [.. calls.Select(call => (call, ScopeKeys(call)))], minute, second));
            if (!answer.HasValue) return false;
            _born = (string)answer.Value!;
            _book.Told(minute, second, calls, this);
            Interlocked.Exchange(ref _joined, calls.All(_book.IsRunning) ? outages : -1);
            return true;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<bool> SeedAsync(LimitPlan plan, RedisKey[] keys, CancellationToken cancellation)
    {
        // One at a time: the others find it done, or that the books can't be read.
        await _gate.WaitAsync(cancellation);
        try
        {
            if (_limits.Time.GetUtcNow() < _booksAgain) return false;
            (LimitScope Scope, int Key, BudgetKey Budget)[] budgets = [.. plan.Scopes.SelectMany((scope, i) => scope.Quotas.Select(quota => (scope, _keys.Length + i + 1, BudgetKey.Of(quota)))).Distinct()];
            var answer = await RunAsync(LimitScripts.Watch, keys, [_limits.Now, budgets.Length, .. budgets.SelectMany(budget => new RedisValue[] { budget.Key, budget.Budget.Name })]);
            if (!answer.HasValue) return false;
            var seeds = new List<RedisValue>();
            foreach (var (budget, watch) in budgets.Zip((RedisResult[])answer.Value!))
            {
                var fields = (string[])watch!;
                if (fields[0].Length == 0) continue;
                var from = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(fields[1], System.Globalization.CultureInfo.InvariantCulture));
                var except = fields[2].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (await _limits.History.SpentAsync(plan.TenantId, budget.Scope, budget.Budget.Unit, from, except, cancellation) is not { } spent)
                {
                    _booksAgain = _limits.Time.GetUtcNow() + BooksPause;
                    return false;
                }

                seeds.AddRange([budget.Key, budget.Budget.Name, fields[0], spent]);
            }

            return seeds.Count == 0 || (await RunAsync(LimitScripts.Seed, keys, [_limits.Now, seeds.Count / 4, .. seeds])).HasValue;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask EndAsync(Admission admission, bool isCancelled, Consumption actual)
    {
        var ending = new RedisEnding(admission, isCancelled, actual);
        _turns.Add(ending);
        await ending.Heard;
    }

    /// <summary>Has one script take the steps of all of them, in their order.</summary>
    private async Task SendAsync(IReadOnlyList<RedisStep> steps)
    {
        try
        {
            var message = new RedisMessage(_scopes, _keys);
            foreach (var step in steps) message.Add(step);
            var answer = await RunAsync(LimitScripts.Turn, message.Keys(), message.Arguments(_limits, _born));
            Answer(steps, answer.HasValue ? (byte[]?)answer.Value : null);
        }
        catch (Exception bug)
        {
            foreach (var step in steps) step.Fail(bug);
        }
    }

    private static void Answer(IReadOnlyList<RedisStep> steps, byte[]? text)
    {
        var words = new RedisWords(text);
        foreach (var step in steps)
        {
            if (step is RedisQuestion question) question.Answered(text is null ? default : new RedisAnswer<RedisReply>(RedisReply.Read(ref words, question.Plan)));
            else ((RedisEnding)step).WasSent();
        }
    }

    private ValueTask<RedisAnswer<RedisResult>> RunAsync(RedisScript script, RedisKey[] keys, RedisValue[] arguments) =>
        _limits.Redis.AskAsync(redis => script.RunAsync(redis, keys, arguments));

    private RedisKey[] KeysOf(LimitPlan plan) => [.. _keys, .. plan.Scopes.Select(scope => KeyOf(scope.Kind, scope.Id))];

    private RedisKey[] ScopeKeys(Admission admission) => Array.ConvertAll(admission.Scopes, scope => KeyOf(scope.Scope.Kind, scope.Scope.Id));

    private RedisKey KeyOf(ScopeKind kind, string id) => RedisScopes.KeyOf(_limits, _tenantId, (kind, id));

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
