using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Wire;

namespace LlmConsole.Tests.Limits;

/// <summary>Steps that come at once and go to Redis in one message decide and count as if each had come alone.</summary>
public abstract class LimitsTogetherTests(ILimitHome home)
{
    private static readonly LimitPlan Plan = Plans.Of(
        new LimitSet { RequestsPerMinute = 60, TokensPerMinute = 40_000, Concurrency = 25 },
        [Plans.Daily(QuotaUnit.Tokens, 12_000), Plans.Daily(QuotaUnit.Usd, 20_000_000_000_000_000), Plans.Daily(QuotaUnit.Requests, 70)],
        new LimitSet { Concurrency = 20 },
        [Plans.Daily(QuotaUnit.Tokens, 9_000)]);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Steps_AtOnce_DecideAsOneByOne(int seed)
    {
        await using var alone = await LimiterWorld.StartAsync(home);
        await using var together = await LimiterWorld.StartAsync(home);

        var oneByOne = await LiveAsync(alone, seed, atOnce: false);

        (await LiveAsync(together, seed, atOnce: true)).ShouldBe(oneByOne);
        oneByOne.ShouldContain(decision => decision.StartsWith("refused", StringComparison.Ordinal));
        oneByOne.ShouldContain(decision => decision.StartsWith("admitted", StringComparison.Ordinal));
    }

    /// <summary>Rounds of calls, of which some end in the next round, before more come. What was decided, and where the budgets stand in the end.</summary>
    private static async Task<List<string>> LiveAsync(LimiterWorld world, int seed, bool atOnce)
    {
        var (random, said, running) = (new Random(seed), new List<string>(), new List<Admission>());
        await world.StandingsAsync(Plan);
        for (var round = 0; round < 4; round++)
        {
            var steps = new List<Task>();
            foreach (var admission in running.Where(_ => random.Next(3) > 0).ToList())
            {
                running.Remove(admission);
                steps.Add(random.Next(4) == 0 ? admission.CancelAsync().AsTask() : admission.SettleAsync(new Consumption(1, random.Next(300), new Usd(random.NextInt64(1_000_000_000_000_000)))).AsTask());
                if (!atOnce) await steps[^1];
            }

            var calls = new List<Task<Admission>>();
            for (var i = 0; i < 30; i++)
            {
                calls.Add(AdmitAsync(world, random, $"req_{round}_{i}"));
                if (!atOnce) await Task.WhenAny(calls[^1]);
            }

            await Task.WhenAll(steps);
            foreach (var call in calls) said.Add(await DecisionAsync(call, running));
        }

        said.AddRange((await world.StandingsAsync(Plan)).Select(standing => $"{standing.Spent} {standing.Reserved}"));
        return said;
    }

    private static Task<Admission> AdmitAsync(LimiterWorld world, Random random, string id) => world[0].AdmitAsync(
        Plan,
        random.Next(8) == 0 ? Demand.Free : new Demand { PromptTokens = random.Next(200), OutputAsked = random.Next(400), Choices = random.Next(1, 3), InputPerMillion = Usd.FromDollars(1), OutputPerMillion = Usd.FromDollars(2) },
        id, TestContext.Current.CancellationToken).AsTask();

    private static async Task<string> DecisionAsync(Task<Admission> call, List<Admission> running)
    {
        try
        {
            var admission = await call;
            admission.Shared.ShouldNotBeNull();
            running.Add(admission);
            return $"admitted {admission.OutputCap} {admission.Report.Requests?.Remaining} {admission.Report.Tokens?.Remaining}";
        }
        catch (RefusalException refusal)
        {
            return $"refused {refusal.Error.Code} {refusal.Message}";
        }
    }
}

public sealed class GarnetLimitsTogetherTests(GarnetHome home) : LimitsTogetherTests(home), IClassFixture<GarnetHome>;

public sealed class RedisLimitsTogetherTests(RedisHome home) : LimitsTogetherTests(home), IClassFixture<RedisHome>;
