using System.Collections.Concurrent;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Limits;

/// <summary>Admits calls within the limits of tier and key, all or nothing: a refusal consumes nothing. In memory, for one instance.</summary>
public sealed class Limiter(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Account> _accounts = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly long _origin = time.GetTimestamp();

    /// <summary>Takes a place for one call; dispose it when the call has ended.</summary>
    /// <exception cref="RefusalException">A limit is reached; the refusal names it, its value and when it frees.</exception>
    public Admission Admit(Caller caller)
    {
        var tenant = AccountOf(caller.Tenant.Id);
        var key = caller.Key is { Limits.RequestsPerMinute: not null } limited ? AccountOf(limited.Id) : null;
        var second = Second();
        lock (_lock)
        {
            tenant.MoveTo(second);
            key?.MoveTo(second);
            var report = Report(caller, tenant, key);
            Check(caller, tenant, key, report);
            tenant.Requests.Add(1);
            tenant.Running++;
            key?.Requests.Add(1);
            return new Admission(this, tenant, Report(caller, tenant, key));
        }
    }

    private void Release(Account tenant, long tokens)
    {
        lock (_lock)
        {
            tenant.Running--;
            tenant.MoveTo(Second());
            tenant.Tokens.Add(tokens);
        }
    }

    private static void Check(Caller caller, Account tenant, Account? key, LimitReport report)
    {
        var tier = caller.Tier;
        if (key is not null && key.Requests.Sum >= caller.Key!.Limits.RequestsPerMinute)
            throw Refused($"The key {caller.Key.Name} may make {caller.Key.Limits.RequestsPerMinute} requests a minute", key.Requests.SecondsUntilFreed(1), report);
        if (tenant.Requests.Sum >= tier.RequestsPerMinute)
            throw Refused($"The tier {tier.Name} allows {tier.RequestsPerMinute} requests a minute", tenant.Requests.SecondsUntilFreed(tenant.Requests.Sum - tier.RequestsPerMinute.Value + 1), report);
        if (tenant.Tokens.Sum >= tier.TokensPerMinute)
            throw Refused($"The tier {tier.Name} allows {tier.TokensPerMinute} tokens a minute", tenant.Tokens.SecondsUntilFreed(tenant.Tokens.Sum - tier.TokensPerMinute.Value + 1), report);
        if (tenant.Running >= tier.Concurrency)
            throw Refused($"The tier {tier.Name} allows {tier.Concurrency} calls at once", 1, report);
    }

    private static RefusalException Refused(string limit, int seconds, LimitReport report) =>
        new(ErrorCode.RateLimitExceeded, $"{limit}, and that many are in use. Try again in {seconds} s, or ask for a higher limit.") { RetryAfter = TimeSpan.FromSeconds(seconds), Limits = report };

    private static LimitReport Report(Caller caller, Account tenant, Account? key)
    {
        var requests = Window(tenant.Requests, caller.Tier.RequestsPerMinute);
        if (key is not null && Window(key.Requests, caller.Key!.Limits.RequestsPerMinute) is { } own && (requests is null || own.Remaining < requests.Value.Remaining)) requests = own;
        return new LimitReport(requests, Window(tenant.Tokens, caller.Tier.TokensPerMinute));
    }

    private static LimitWindow? Window(in SlidingWindow window, int? limit) =>
        limit is { } number ? new LimitWindow(number, Math.Max(0, number - window.Sum), TimeSpan.FromSeconds(window.SecondsUntilEmpty())) : null;

    private long Second() => (long)time.GetElapsedTime(_origin).TotalSeconds;

    private Account AccountOf(string id) => _accounts.GetOrAdd(id, static _ => new Account());

    /// <summary>A place taken by one call.</summary>
    public sealed class Admission : IDisposable
    {
        private readonly Limiter _limiter;
        private Account? _tenant;

        internal Admission(Limiter limiter, object tenant, LimitReport report)
        {
            _limiter = limiter;
            _tenant = (Account)tenant;
            Report = report;
        }

        public LimitReport Report { get; }

        /// <summary>Tokens that the call turned out to use.</summary>
        public long Tokens { get; set; }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _tenant, null) is { } tenant) _limiter.Release(tenant, Tokens);
        }
    }

    private sealed class Account
    {
        public SlidingWindow Requests;
        public SlidingWindow Tokens;
        public int Running;

        public void MoveTo(long second)
        {
            Requests.MoveTo(second);
            Tokens.MoveTo(second);
        }
    }
}
