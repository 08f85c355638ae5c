using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Wire;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Limits;

public sealed class LimiterTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Admit_OverRequestsPerMinute_RefusesAndSaysWhenItFrees()
    {
        var limiter = new Limiter(_time);
        var caller = Caller(new Tier { Id = "t", Name = "Small", RequestsPerMinute = 2 });
        limiter.Admit(caller).Dispose();
        limiter.Admit(caller).Dispose();

        var refusal = Should.Throw<RefusalException>(() => limiter.Admit(caller));

        refusal.Error.ShouldBe(ErrorCode.RateLimitExceeded);
        refusal.Message.ShouldContain("Small allows 2 requests a minute");
        _time.Advance(refusal.RetryAfter!.Value);
        limiter.Admit(caller).Report.Requests!.Value.Remaining.ShouldBe(1);
    }

    [Fact]
    public void Admit_OverConcurrency_RefusesUntilOneEnds()
    {
        var limiter = new Limiter(_time);
        var caller = Caller(new Tier { Id = "t", Name = "Small", Concurrency = 1 });
        var first = limiter.Admit(caller);

        Should.Throw<RefusalException>(() => limiter.Admit(caller));
        first.Dispose();
        first.Dispose();
        limiter.Admit(caller);

        Should.Throw<RefusalException>(() => limiter.Admit(caller));
    }

    [Fact]
    public void Admit_RefusedByTheKey_ConsumesNothingOfTheTenant()
    {
        var limiter = new Limiter(_time);
        var tier = new Tier { Id = "t", Name = "Small", RequestsPerMinute = 10 };
        var key = IssuedKey.Create(ApiKeyKind.Live, "slow", "ten", _time).Key with { Limits = new LimitSet { RequestsPerMinute = 1 } };
        limiter.Admit(Caller(tier, key)).Dispose();
        Should.Throw<RefusalException>(() => limiter.Admit(Caller(tier, key))).Message.ShouldContain("slow");

        limiter.Admit(Caller(tier)).Report.Requests!.Value.Remaining.ShouldBe(8);
    }

    [Fact]
    public void Admit_AfterTokensWereUsed_RefusesUntilTheyLeaveTheWindow()
    {
        var limiter = new Limiter(_time);
        var caller = Caller(new Tier { Id = "t", Name = "Small", TokensPerMinute = 100 });
        var call = limiter.Admit(caller);
        call.Tokens = 100;
        call.Dispose();

        Should.Throw<RefusalException>(() => limiter.Admit(caller)).Limits!.Tokens!.Value.Remaining.ShouldBe(0);
        _time.Advance(TimeSpan.FromSeconds(61));

        limiter.Admit(caller);
    }

    private static Caller Caller(Tier tier, ApiKey? key = null) => new()
    {
        Snapshot = ConfigurationSnapshot.Empty, Tier = tier, Key = key, Tenant = new Tenant { Id = "ten", Name = "Acme", TierId = tier.Id },
    };
}
