using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Wire;

namespace LlmConsole.Tests.Limits;

/// <summary>What the limits promise, wherever they are counted.</summary>
public abstract class LimiterContract(ILimitHome home) : IAsyncLifetime
{
    private LimiterWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await LimiterWorld.StartAsync(home);

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Admit_OverRequestsPerMinute_RefusesAndSaysWhenItFrees()
    {
        var plan = Plan(new LimitSet { RequestsPerMinute = 2 });
        await AdmitAsync(plan);
        await AdmitAsync(plan);

        var refusal = await Should.ThrowAsync<RefusalException>(() => AdmitAsync(plan));

        refusal.Error.ShouldBe(ErrorCode.RateLimitExceeded);
        refusal.Message.ShouldContain("Acme may make 2 requests a minute");
        await _world.AdvanceAsync(refusal.RetryAfter!.Value);
        (await AdmitAsync(plan)).Report.Requests!.Value.Remaining.ShouldBe(1);
    }

    [Fact]
    public async Task Admit_OverConcurrency_RefusesUntilOneEnds()
    {
        var plan = Plan(new LimitSet { Concurrency = 1 });
        var first = await AdmitAsync(plan);
        await Should.ThrowAsync<RefusalException>(() => AdmitAsync(plan));

        await first.SettleAsync(default);
        await first.SettleAsync(default);
        await AdmitAsync(plan);

        await Should.ThrowAsync<RefusalException>(() => AdmitAsync(plan));
    }

    [Fact]
    public async Task Admit_RefusedByTheKey_ConsumesNothingOfTheTenant()
    {
        var quota = Daily(QuotaUnit.Tokens, 1_000);
        var tight = Plan(new LimitSet { RequestsPerMinute = 10 }, [quota], key: new LimitSet { RequestsPerMinute = 1 });
        await (await AdmitAsync(tight)).SettleAsync(new Consumption(1, 5, Usd.Zero));
        (await Should.ThrowAsync<RefusalException>(() => AdmitAsync(tight))).Message.ShouldContain("The key slow");

        var wide = Plan(new LimitSet { RequestsPerMinute = 10 }, [quota]);

        (await AdmitAsync(wide)).Report.Requests!.Value.Remaining.ShouldBe(8);
        (await StandingAsync(wide)).Spent.ShouldBe(5);
    }

    [Fact]
    public async Task Admit_TokensPerMinute_HoldsTheWorstCaseUntilTheTrueCountIsKnown()
    {
        var plan = Plan(new LimitSet { TokensPerMinute = 1_000 });
        var first = await AdmitAsync(plan, prompt: 100, output: 500);
        (await Should.ThrowAsync<RefusalException>(() => AdmitAsync(plan, prompt: 100, output: 500))).Limits!.Tokens!.Value.Remaining.ShouldBe(400);

        await first.SettleAsync(new Consumption(1, 120, Usd.Zero));

        (await AdmitAsync(plan, prompt: 100, output: 500)).Report.Tokens!.Value.Remaining.ShouldBe(280);
    }

    [Fact]
    public async Task Admit_TokensPerMinute_CutsOnlyWhatAnEmptyWindowWouldNotHold()
    {
        var plan = Plan(new LimitSet { TokensPerMinute = 1_000 });

        (await AdmitAsync(plan, prompt: 100, output: 50_000)).OutputCap.ShouldBe(900);
        (await Should.ThrowAsync<RefusalException>(() => AdmitAsync(plan, prompt: 10, output: 20))).Error.ShouldBe(ErrorCode.RateLimitExceeded);
    }

    [Fact]
    public async Task Admit_BudgetAffordsLessThanAsked_LowersTheOutput()
    {
        // $1 a million in, $2 a million out: 100 prompt tokens cost 100,000 nano-dollars, and 300,000 are left for output at 2,000 a token.
        var plan = Plan(default, [Daily(QuotaUnit.Usd, 400_000)]);

        var admission = await AdmitAsync(plan, prompt: 100, output: 4_000);

        admission.OutputCap.ShouldBe(150);
        admission.IsLowered.ShouldBeTrue();
        (await StandingAsync(plan)).Reserved.ShouldBe(400_000);
    }

    [Fact]
    public async Task Admit_BudgetAffordsNoSensibleAnswer_RefusesAndSaysWhatIsLeft()
    {
        var plan = Plan(default, [Daily(QuotaUnit.Usd, 120_000)]);

        var refusal = await Should.ThrowAsync<RefusalException>(() => AdmitAsync(plan, prompt: 100, output: 4_000));

        refusal.Error.ShouldBe(ErrorCode.InsufficientQuota);
        refusal.Message.ShouldContain("Acme has $0.00012 left of its $0.00012 a day");
        refusal.Message.ShouldContain("It resets on 24 Nov 00:00 UTC");
        refusal.RetryAfter.ShouldBe(TimeSpan.FromHours(12));
        (await StandingAsync(plan)).Reserved.ShouldBe(0);
    }

    [Fact]
    public async Task Admit_APriceForTheRequestItself_IsReserved()
    {
        var plan = Plan(default, [Daily(QuotaUnit.Usd, 400_000)]);
        var demand = new Demand { PromptTokens = 100, OutputAsked = 4_000, Choices = 1, InputPerMillion = Usd.FromDollars(1), OutputPerMillion = Usd.FromDollars(2), PerRequest = new Usd(100_001) };

        var admission = await _world[0].AdmitAsync(plan, demand, "req", TestContext.Current.CancellationToken);

        // 199,999 are left for output at 2,000 a token.
        admission.OutputCap.ShouldBe(99);
        (await StandingAsync(plan)).Reserved.ShouldBe(398_001);
    }

    [Fact]
    public async Task Admit_AFreeAnswerOnAnOverdrawnBudget_CountsOnlyAsARequest()
    {
        _world.Books.Spent = 5_000;
        var plan = Plan(new LimitSet { RequestsPerMinute = 1, TokensPerMinute = 1 }, [Daily(QuotaUnit.Tokens, 1_000)]);

        (await _world[0].AdmitAsync(plan, Demand.Free, "req", TestContext.Current.CancellationToken)).Report.Requests!.Value.Remaining.ShouldBe(0);

        (await StandingAsync(plan)).Reserved.ShouldBe(0);
        (await Should.ThrowAsync<RefusalException>(() => _world[0].AdmitAsync(plan, Demand.Free, "req_2", TestContext.Current.CancellationToken).AsTask())).Error.ShouldBe(ErrorCode.RateLimitExceeded);
    }

    [Fact]
    public async Task Admit_SoftQuotaUsedUp_AdmitsAndCounts()
    {
        var plan = Plan(default, [Daily(QuotaUnit.Requests, 1) with { Hard = false }]);
        await (await AdmitAsync(plan)).SettleAsync(new Consumption(1, 10, Usd.Zero));
        await (await AdmitAsync(plan)).SettleAsync(new Consumption(1, 10, Usd.Zero));

        (await StandingAsync(plan)).Spent.ShouldBe(2);
    }

    [Fact]
    public async Task Admit_FirstOfAProcess_AsksTheBooksOnce()
    {
        _world.Books.Spent = 990;
        var plan = Plan(default, [Daily(QuotaUnit.Tokens, 1_000)]);

        await Should.ThrowAsync<RefusalException>(() => AdmitAsync(plan, prompt: 20, output: 20));
        await Should.ThrowAsync<RefusalException>(() => AdmitAsync(plan, prompt: 20, output: 20));

        _world.Books.Asked.ShouldBe(1);
        (await StandingAsync(plan)).Spent.ShouldBe(990);
    }

    [Fact]
    public async Task Admit_ANewPeriod_BeginsAtNothing_AndOldReservationsDoNotFollow()
    {
        var plan = Plan(default, [Daily(QuotaUnit.Tokens, 1_000)]);
        var yesterday = await AdmitAsync(plan, prompt: 100, output: 900);
        await _world.AdvanceAsync(TimeSpan.FromHours(13));

        var today = await AdmitAsync(plan, prompt: 100, output: 900);
        await yesterday.SettleAsync(new Consumption(1, 700, Usd.Zero));
        await today.SettleAsync(new Consumption(1, 300, Usd.Zero));

        var standing = await StandingAsync(plan);
        (standing.Spent, standing.Reserved).ShouldBe((300, 0));
    }

    [Fact]
    public async Task Admit_ABudgetSetWhileCallsRun_CountsThemWhenTheyEnd()
    {
        var before = await AdmitAsync(Plan(default), prompt: 10, output: 10);
        var plan = Plan(default, [Daily(QuotaUnit.Tokens, 100)]);
        (await StandingAsync(plan)).Spent.ShouldBe(0);
        _world.Books.Excepted.ShouldBe(["req_1"]);

        await before.SettleAsync(new Consumption(1, 15, Usd.Zero));

        (await StandingAsync(plan)).Spent.ShouldBe(15);
    }

    [Fact]
    public async Task Admit_ABudgetTakenAwayAndGivenBack_KnowsWhatWasSpentMeanwhile()
    {
        var (plan, without) = (Plan(default, [Daily(QuotaUnit.Tokens, 1_000)]), Plan(default));
        await UseAsync(plan, 100);
        await _world.AdvanceAsync(TimeSpan.FromHours(13));
        await UseAsync(without, 800);
        var underWay = await AdmitAsync(without);

        await AdmitAsync(plan, prompt: 50, output: 50);
        await underWay.SettleAsync(new Consumption(1, 100, Usd.Zero));

        (await StandingAsync(plan)).Spent.ShouldBe(900);
        (await Should.ThrowAsync<RefusalException>(() => AdmitAsync(plan, prompt: 50, output: 50))).Error.ShouldBe(ErrorCode.InsufficientQuota);
    }

    [Fact]
    public async Task Admit_ABudgetOfAKeyTakenAwayAndGivenBack_KnowsWhatWasSpentMeanwhile()
    {
        var (plan, without) = (OfKey(1_000), Plan(default, key: default(LimitSet)));
        await UseAsync(plan, 100);
        await UseAsync(without, 800);

        (await StandingAsync(plan)).Spent.ShouldBe(900);
        await _world.AdvanceAsync(TimeSpan.FromHours(13));
        await UseAsync(without, 700);
        (await StandingAsync(plan)).Spent.ShouldBe(700);
    }

    [Fact]
    public async Task Admit_ABudgetOfAKeySetWhileCallsRun_CountsThemWhenTheyEnd()
    {
        var before = await AdmitAsync(Plan(default, key: default(LimitSet)));
        (await StandingAsync(OfKey(100))).Spent.ShouldBe(0);

        await before.SettleAsync(new Consumption(1, 15, Usd.Zero));

        (await StandingAsync(OfKey(100))).Spent.ShouldBe(15);
    }

    [Fact]
    public async Task Cancel_GivesEverythingBack()
    {
        var plan = Plan(new LimitSet { RequestsPerMinute = 1, TokensPerMinute = 1_000, Concurrency = 1 }, [Daily(QuotaUnit.Requests, 1), Daily(QuotaUnit.Tokens, 1_000)]);

        await (await AdmitAsync(plan, prompt: 100, output: 900)).CancelAsync();

        (await AdmitAsync(plan, prompt: 100, output: 900)).Report.Tokens!.Value.Remaining.ShouldBe(0);
    }

    [Fact]
    public async Task Admit_PromptOverTheLimit_Refuses()
    {
        var refusal = await Should.ThrowAsync<RefusalException>(() => AdmitAsync(Plan(new LimitSet { MaxPromptTokens = 10 }), prompt: 11));

        refusal.Error.ShouldBe(ErrorCode.ContextLengthExceeded);
    }

    [Fact]
    public async Task Admit_AThousandAtOnceOnANearlySpentBudget_NeverOverspends()
    {
        // Each call may cost 100 tokens and turns out to cost 60: ten fit at once, and what they leave lets more in.
        var plan = Plan(default, [Daily(QuotaUnit.Tokens, 1_000)]);
        var admitted = 0;
        long spent = 0;

        await Parallel.ForAsync(0, 1_000, TestContext.Current.CancellationToken, async (_, _) =>
        {
            try
            {
                var admission = await AdmitAsync(plan, prompt: 50, output: 50);
                Interlocked.Increment(ref admitted);
                Interlocked.Add(ref spent, 60);
                await admission.SettleAsync(new Consumption(1, 60, Usd.Zero));
            }
            catch (RefusalException refusal)
            {
                refusal.Error.ShouldBe(ErrorCode.InsufficientQuota);
            }
        });

        spent.ShouldBeLessThanOrEqualTo(1_000);
        spent.ShouldBeGreaterThan(1_000 - 100 - 60);
        var standing = await StandingAsync(plan);
        (standing.Spent, standing.Reserved).ShouldBe((spent, 0));
        admitted.ShouldBe((int)(spent / 60));
    }

    private Task<Admission> AdmitAsync(LimitPlan plan, long prompt = 10, int? output = null) => _world.AdmitAsync(plan, prompt, output);

    /// <summary>A call that is over and stands in the books.</summary>
    private async Task UseAsync(LimitPlan plan, long tokens)
    {
        var admission = await AdmitAsync(plan);
        var used = new Consumption(1, tokens, Usd.Zero);
        _world.Books.Record(admission.RequestId, admission.At, used);
        await admission.SettleAsync(used);
    }

    private async Task<QuotaStanding> StandingAsync(LimitPlan plan) => (await _world.StandingsAsync(plan))[0];

    private static Quota Daily(QuotaUnit unit, long limit) => Plans.Daily(unit, limit);

    private static LimitPlan OfKey(long tokens) => Plans.Of(default, key: default(LimitSet), keyQuotas: [Daily(QuotaUnit.Tokens, tokens)]);

    private static LimitPlan Plan(LimitSet limits, Quota[]? quotas = null, LimitSet? key = null) => Plans.Of(limits, quotas, key);
}
