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
        var tier = new Tier { Id = "tier_1", Name = "t", CreatedAt = Now };
        var caller = new Caller { Snapshot = ConfigurationSnapshot.Empty, Tenant = new Tenant { Id = "ten_1", Name = "t", TierId = tier.Id, CreatedAt = Now }, Tier = tier };
        var tally = new JobTally(caller, Now);
        var body = """{"model":"m","messages":[{"role":"user","content":"x"}]}"""u8.ToArray();
        for (var i = 0; i < 50_000; i++) tally.Add(new JobLine($"{i}", body)).ShouldBe(i);

        var refusal = Should.Throw<RefusalException>(() => tally.Add(new JobLine("one more", body)));

        (refusal.Error, refusal.Param).ShouldBe((ErrorCode.InvalidValue, "requests"));
        tally.Count.ShouldBe(50_000);
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
}
