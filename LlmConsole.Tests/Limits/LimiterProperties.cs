using FsCheck;
using FsCheck.Fluent;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Limits;

/// <summary>Random lives of a limiter, held step by step against <see cref="LimiterModel"/>.</summary>
public abstract class LimiterProperties(ILimitHome home, int cases)
{
    private static readonly Gen<Step> Steps = Gen.Frequency(
        (8, from prompt in Gen.Choose(1, 60) from output in Gen.Choose(1, 300) from key in Gen.Elements(true, false) select new Step(Kind.Admit, prompt, output, key)),
        (4, from n in Gen.Choose(0, 20) from used in Gen.Choose(0, 100) select new Step(Kind.Settle, n, used)),
        (1, from n in Gen.Choose(0, 20) select new Step(Kind.Cancel, n)),
        (3, from milliseconds in Gen.Choose(1, 40_000) select new Step(Kind.Wait, milliseconds)),
        (1, Gen.Elements(Kind.Flush, Kind.CatchUp).Select(kind => new Step(kind))));

    private static readonly Gen<Life> Lives =
        from rpm in Gen.Choose(2, 12)
        from tpm in Gen.Choose(100, 1_500)
        from concurrency in Gen.Choose(1, 6)
        from keyRpm in Gen.Choose(1, 6)
        from tokens in Gen.Choose(50, 4_000)
        from money in Gen.Choose(50_000, 6_000_000)
        from steps in Steps.ListOf(40)
        select new Life(rpm, tpm, concurrency, keyRpm, tokens, money, [.. steps]);

    private enum Kind
    {
        Admit,
        Settle,
        Cancel,
        Wait,
        Flush,
        CatchUp,
    }

    [Fact]
    public void Limiter_WhateverHappens_DecidesAsTheModel() =>
        Prop.ForAll(Lives.ToArbitrary(), life => LiveAsync(life).GetAwaiter().GetResult()).Holds(cases);

    private async Task LiveAsync(Life life)
    {
        await using var world = await LimiterWorld.StartAsync(home);
        var limits = new LimitSet { RequestsPerMinute = life.Rpm, TokensPerMinute = life.Tpm, Concurrency = life.Concurrency };
        var key = new LimitSet { RequestsPerMinute = life.KeyRpm };
        Quota[] quotas = [Plans.Daily(QuotaUnit.Tokens, life.Tokens), Plans.Daily(QuotaUnit.Usd, life.Money), Plans.Daily(QuotaUnit.Requests, 1) with { Hard = false }];
        var (plan, keyPlan) = (Plans.Of(limits, quotas), Plans.Of(limits, quotas, key));
        var model = new LimiterModel(limits, key, life.Tokens, life.Money);
        var running = new List<Admission>();
        foreach (var step in life.Steps)
        {
            if (step.Kind == Kind.Admit) await AdmitAsync(step);
            else if (step.Kind == Kind.Wait) await world.AdvanceAsync(TimeSpan.FromMilliseconds(step.A));
            else if (step.Kind == Kind.CatchUp) world.Books.CatchUp();
            else if (step.Kind == Kind.Flush) await world.FlushAsync();
            else if (running.Count > 0) await EndAsync(step);
            if (step.Kind == Kind.Flush) await world.AdvanceAsync(TimeSpan.Zero);
            var standings = await world.StandingsAsync(plan);
            (standings[0].Spent, standings[0].Reserved).ShouldBe(model.Tokens(), $"{step}");
            (standings[1].Spent, standings[1].Reserved).ShouldBe(model.Money(), $"{step}");
        }

        async Task AdmitAsync(Step step)
        {
            var second = (long)(world.Time.GetUtcNow() - new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero)).TotalSeconds;
            var expected = model.Admit(second, step.A, step.B, step.WithKey);
            try
            {
                var admission = await world.AdmitAsync(step.WithKey ? keyPlan : plan, step.A, step.B);
                ((long?)(admission.OutputCap ?? step.B)).ShouldBe(expected, $"{step}");
                running.Add(admission);
            }
            catch (RefusalException refusal)
            {
                expected.ShouldBeNull($"{step}: {refusal.Message}");
            }
        }

        async Task EndAsync(Step step)
        {
            var n = step.A % running.Count;
            var admission = running[n];
            running.RemoveAt(n);
            if (step.Kind == Kind.Cancel)
            {
                model.Cancel(n);
                await admission.CancelAsync();
                return;
            }

            // Never more than was reserved: providers are cut there.
            var tokens = admission.ReservedTokens * step.B / 100;
            var actual = new Consumption(1, tokens, new Usd(1_000 * tokens));
            model.End(n, actual);
            world.Books.Record(admission.RequestId, admission.At, actual);
            await admission.SettleAsync(actual);
        }
    }

    private sealed record Step(Kind Kind, int A = 0, int B = 0, bool WithKey = false);

    private sealed record Life(int Rpm, int Tpm, int Concurrency, int KeyRpm, int Tokens, int Money, Step[] Steps);
}

public sealed class MemoryLimiterProperties(MemoryHome home) : LimiterProperties(home, 200), IClassFixture<MemoryHome>;

public sealed class GarnetLimiterProperties(GarnetHome home) : LimiterProperties(home, 25), IClassFixture<GarnetHome>;

public sealed class RedisLimiterProperties(RedisHome home) : LimiterProperties(home, 25), IClassFixture<RedisHome>;
