using LlmConsole.Core;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Wire;

namespace LlmConsole.Tests.Jobs;

/// <summary>How much a job takes, and when it will be over.</summary>
public sealed class JobTests
{
    private static readonly DateTimeOffset Now = new(2027, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Tally_OfOneRequestTooMany_IsRefused()
    {
        var tally = new JobTally(CallerOn(ConfigurationSnapshot.Empty), Now);
        var body = """{"model":"m","messages":[{"role":"user","content":"x"}]}"""u8.ToArray();
        for (var i = 0; i < 50_000; i++) tally.Add(new JobLine($"{i}", body)).ShouldBe(i);

        var refusal = Should.Throw<RefusalException>(() => tally.Add(new JobLine("one more", body)));

        (refusal.Error, refusal.Param).ShouldBe((ErrorCode.InvalidValue, "requests"));
        tally.Count.ShouldBe(50_000);
    }

    /// <summary>Each may cost as much as can be counted: that is no reason to fail.</summary>
    [Fact]
    public async Task Cost_OfMoreThanCanBeCounted_IsAsMuchAsCan()
    {
        var price = new ModelPrice { Version = 1, EffectiveFrom = DateTimeOffset.UnixEpoch, InputPerMillion = Usd.Zero, OutputPerMillion = Usd.FromDollars(1_000_000) };
        var caller = CallerOn(ConfigurationSnapshot.Empty.With([Change.Put(new Model { Id = "mod_1", Name = "m", Targets = [new ModelTarget("prv_1", "m")], Prices = [price] })]));
        var body = """{"model":"m","n":128,"max_tokens":2147483647,"messages":[{"role":"user","content":"x"}]}"""u8.ToArray();
        var call = new ChatCall { RequestId = "req_1", Caller = caller, Route = "job", Body = body, StartedAt = Now, StartedTimestamp = 0 };
        var (tally, spend) = (new JobTally(caller, Now), new JobSpend(new Usd(long.MaxValue), Usd.Zero));

        tally.Add(new JobLine("a", body));
        tally.Add(new JobLine("b", body));
        var first = await spend.TryReserveAsync(call, TestContext.Current.CancellationToken);
        var second = spend.TryReserveAsync(call, TestContext.Current.CancellationToken);

        tally.Estimate!.MostNanos.ShouldBe(long.MaxValue);
        second.IsCompleted.ShouldBeFalse();
        spend.Settle(first!.Value, Usd.Zero);
        (await second).ShouldBe(first);
    }

    [Theory]
    [InlineData(JobState.Running, 30, 90.0)]
    [InlineData(JobState.Running, 10, null)]
    [InlineData(JobState.Queued, 30, null)]
    [InlineData(JobState.Succeeded, 100, null)]
    public void Eta_OfAJob_FollowsThePaceOfWhoRunsIt(JobState state, int done, double? seconds)
    {
        var job = new Job
        {
            Id = "job_1", TenantId = "ten_1", Type = JobType.Batch, State = state, Total = 120, Succeeded = done - 1, Failed = 1, DoneAtClaim = 10, ClaimedAt = Now.AddSeconds(-20),
            CreatedAt = Now.AddHours(-1), NotBefore = Now, LeaseUntil = Now, ExpiresAt = Now.AddHours(23),
        };

        job.Eta(Now)?.TotalSeconds.ShouldBe(seconds!.Value);
        (job.Eta(Now) is null).ShouldBe(seconds is null);
    }

    private static Caller CallerOn(ConfigurationSnapshot snapshot)
    {
        var tier = new Tier { Id = "tier_1", Name = "t", CreatedAt = Now };
        return new Caller { Snapshot = snapshot, Tenant = new Tenant { Id = "ten_1", Name = "t", TierId = tier.Id, CreatedAt = Now }, Tier = tier };
    }
}
