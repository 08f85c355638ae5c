using LlmConsole.Core.Configuration;
using LlmConsole.Core.Routing;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Routing;

public sealed class CallDeadlineTests
{
    private static readonly ModelTimeouts Model = new() { FirstTokenSeconds = 10, IdleSeconds = 5, TotalSeconds = 30 };

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Await_EachKind_PassesAtItsOwnTime()
    {
        using var deadline = Deadline();

        deadline.AwaitFirstToken();
        _time.Advance(TimeSpan.FromSeconds(9.9));
        deadline.HasPassed.ShouldBeFalse();
        deadline.AwaitNextEvent();
        _time.Advance(TimeSpan.FromSeconds(4.9));
        deadline.HasPassed.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(0.2));

        (deadline.HasPassed, deadline.IsTargetsOwn, deadline.Token.IsCancellationRequested).ShouldBe((true, true, true));
    }

    [Fact]
    public async Task Total_NothingGoesBeyondIt()
    {
        using var deadline = Deadline();
        _time.Advance(TimeSpan.FromSeconds(26));

        deadline.AwaitFirstToken();
        deadline.Current.ShouldBe(TimeSpan.FromSeconds(4));
        deadline.IsTargetsOwn.ShouldBeFalse();
        (await deadline.TryWaitAsync(TimeSpan.FromSeconds(4))).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(4));

        deadline.HasPassed.ShouldBeTrue();
        deadline.TryRestart().ShouldBeFalse();
    }

    [Fact]
    public void TryRestart_TargetUsedUpItsOwn_GivesTheNextATimer()
    {
        using var deadline = Deadline();
        deadline.AwaitFirstToken();
        _time.Advance(TimeSpan.FromSeconds(10));

        deadline.TryRestart().ShouldBeTrue();
        deadline.AwaitFirstToken();

        (deadline.HasPassed, deadline.Left, deadline.Current).ShouldBe((false, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Tier_AndCaller_CanOnlyShorten()
    {
        using var tier = Deadline(new TimeoutLimits { FirstTokenSeconds = 2, IdleSeconds = 60 });
        tier.AwaitFirstToken();
        (tier.Current, tier.IsTargetsOwn).ShouldBe((TimeSpan.FromSeconds(2), false));
        tier.AwaitNextEvent();
        (tier.Current, tier.IsTargetsOwn).ShouldBe((TimeSpan.FromSeconds(5), true));

        using var caller = Deadline(callersOwn: TimeSpan.FromSeconds(1));
        caller.AwaitCompletion();
        (caller.Current, caller.IsTargetsOwn).ShouldBe((TimeSpan.FromSeconds(1), false));
        using var patient = Deadline(callersOwn: TimeSpan.FromHours(1));
        patient.AwaitCompletion();
        (patient.Current, patient.IsTargetsOwn).ShouldBe((TimeSpan.FromSeconds(30), true));
    }

    private CallDeadline Deadline(TimeoutLimits? tier = null, TimeSpan? callersOwn = null) => new(Model, tier, callersOwn, _time.GetTimestamp(), _time, CancellationToken.None);
}
