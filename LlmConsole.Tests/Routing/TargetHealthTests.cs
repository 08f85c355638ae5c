using LlmConsole.Core.Routing;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Routing;

public sealed class TargetHealthTests
{
    private static readonly HealthOptions Options = new();

    private readonly FakeTimeProvider _time = new();
    private readonly TargetHealth _health;

    public TargetHealthTests() => _health = new TargetHealth(new TargetKey("prv_1", "m"), Options, _time);

    [Fact]
    public void Failed_FiveInARow_OpensTheBreaker()
    {
        Fail(Options.ConsecutiveFailures - 1);
        _health.Pause().ShouldBeNull();

        Fail(1);

        _health.Pause().ShouldBe(Options.FirstPause);
        _health.Enter().ShouldBeNull();
        var status = _health.Status();
        (status.State, status.Since, status.LastError, status.ConsecutiveFailures).ShouldBe((TargetState.Open, _time.GetUtcNow(), "broken", Options.ConsecutiveFailures));
    }

    [Fact]
    public void Failed_RarelyWithSuccessesBetween_StaysClosed()
    {
        for (var i = 0; i < 100; i++)
        {
            Succeed(3);
            Fail(2);
        }

        _health.Status().State.ShouldBe(TargetState.Healthy);
        _health.Status().ErrorRate.ShouldBe(0.4, 0.01);
    }

    [Fact]
    public void Failed_HalfOfEnoughCalls_OpensTheBreaker()
    {
        for (var i = 0; i < Options.MinimumCalls / 2; i++)
        {
            Succeed(1);
            _health.Pause().ShouldBeNull();
            Fail(1);
        }

        _health.Status().State.ShouldBe(TargetState.Open);
    }

    [Fact]
    public void Failed_FarApart_IsNoRow()
    {
        for (var i = 0; i < 20; i++)
        {
            Fail(1);
            _time.Advance(Options.RowEnds + TimeSpan.FromSeconds(1));
        }

        _health.Status().State.ShouldBe(TargetState.Healthy);
    }

    [Fact]
    public void Enter_PauseOver_LetsOneProbeThroughAtATime()
    {
        Fail(Options.ConsecutiveFailures);
        _time.Advance(Options.FirstPause);

        var probe = _health.Enter().ShouldNotBeNull();

        probe.IsProbe.ShouldBeTrue();
        _health.Enter().ShouldBeNull();
        _health.Status().State.ShouldBe(TargetState.Probing);
        probe.Abandoned();
        _health.Enter().ShouldNotBeNull().Began(TimeSpan.FromMilliseconds(5));
        _health.Status().State.ShouldBe(TargetState.Healthy);
        _health.Enter().ShouldNotBeNull().IsProbe.ShouldBeFalse();
    }

    [Fact]
    public void Failed_Probe_OpensForTwiceAsLongUpToAMinute()
    {
        Fail(Options.ConsecutiveFailures);
        foreach (var seconds in (int[])[10, 20, 40, 60, 60])
        {
            _time.Advance(_health.Pause()!.Value);
            _health.Enter().ShouldNotBeNull().Failed("still broken");

            _health.Pause().ShouldBe(TimeSpan.FromSeconds(seconds));
        }
    }

    [Fact]
    public void Failed_ProbeThatHadBegun_OpensAtOnce()
    {
        Fail(Options.ConsecutiveFailures);
        _time.Advance(Options.FirstPause);
        var probe = _health.Enter().ShouldNotBeNull();

        probe.Began(TimeSpan.FromMilliseconds(5));
        probe.Failed("cut");

        _health.Status().State.ShouldBe(TargetState.Open);
    }

    [Fact]
    public void Failed_CallsUnderWayWhileOpen_DoNotProlongIt()
    {
        var underWay = Enumerable.Range(0, 50).Select(_ => _health.Enter()!).ToList();
        foreach (var pass in underWay.Take(Options.ConsecutiveFailures)) pass.Failed("broken");
        _time.Advance(TimeSpan.FromSeconds(2));

        foreach (var pass in underWay.Skip(Options.ConsecutiveFailures)) pass.Failed("broken");

        _health.Pause().ShouldBe(Options.FirstPause - TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void Throttled_WithATime_CoolsDownForItUpToTheCap()
    {
        _health.Enter()!.Throttled(TimeSpan.FromSeconds(7), "throttled");
        _health.Pause().ShouldBe(TimeSpan.FromSeconds(7));
        _health.Status().State.ShouldBe(TargetState.CoolingDown);

        _time.Advance(TimeSpan.FromSeconds(7));
        _health.Enter().ShouldNotBeNull().Throttled(TimeSpan.FromHours(1), "throttled");

        _health.Pause().ShouldBe(Options.LongestCoolDown);
        _health.Status().ErrorRate.ShouldBe(0);
    }

    [Fact]
    public void Abandoned_AnyNumber_IsHeldAgainstNobody()
    {
        for (var i = 0; i < 100; i++) _health.Enter().ShouldNotBeNull().Abandoned();

        (_health.Status().State, _health.Status().Calls).ShouldBe((TargetState.Healthy, 0));
    }

    [Fact]
    public void Pass_ToldTwice_CountsOnce()
    {
        var pass = _health.Enter()!;

        pass.Failed("broken");
        pass.Failed("broken");
        pass.Succeeded();

        (_health.Status().Calls, _health.Status().ConsecutiveFailures).ShouldBe((1, 1));
    }

    [Fact]
    public void Latency_OfLongAgo_IsForgotten()
    {
        _health.Enter()!.Began(TimeSpan.FromMilliseconds(800));
        _health.Enter()!.Began(TimeSpan.FromMilliseconds(300));
        _health.Latency().ShouldBe(700);

        _time.Advance(TimeSpan.FromMinutes(2));

        _health.Latency().ShouldBeNull();
        _health.Status().FirstTokenMs.ShouldBe(800);
    }

    [Fact]
    public void Window_AfterTenSeconds_IsEmpty()
    {
        Fail(3);
        Succeed(1);
        _time.Advance(TimeSpan.FromSeconds(5));
        _health.Status().Calls.ShouldBe(4);

        _time.Advance(TimeSpan.FromSeconds(5));

        _health.Status().Calls.ShouldBe(0);
    }

    [Fact]
    public void Retries_WhileEveryCallFails_AreATenthOfTheCallsAndAFewMore()
    {
        var taken = 0;
        for (var call = 0; call < 10_000; call++)
        {
            _health.Retries.Called();
            if (_health.Retries.TryTake()) taken++;
        }

        taken.ShouldBeInRange(1_000, 1_000 + Options.RetryBurst);
    }

    private void Fail(int times)
    {
        for (var i = 0; i < times; i++) _health.Enter().ShouldNotBeNull().Failed("broken");
    }

    private void Succeed(int times)
    {
        for (var i = 0; i < times; i++) _health.Enter().ShouldNotBeNull().Succeeded();
    }
}
