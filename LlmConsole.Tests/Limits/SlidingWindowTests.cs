using FsCheck.Fluent;
using LlmConsole.Core.Limits;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Limits;

public sealed class SlidingWindowTests
{
    /// <summary>Against the plain list of what was admitted: no 60 seconds hold more than the limit, and nothing is refused that a window of 61 seconds would have let in.</summary>
    [Fact]
    public void Admission_ForAnyArrivals_NeverExceedsTheLimitInAnySixtySeconds() =>
        Prop.ForAll(Gen.Choose(0, 25).ListOf(200).ToArbitrary(), Gen.Choose(1, 12).ToArbitrary(), (gaps, limit) =>
        {
            var window = new SlidingWindow();
            var admitted = new List<long>();
            long now = 0;
            foreach (var gap in gaps)
            {
                now += gap;
                window.MoveTo(now);
                window.Sum.ShouldBe(admitted.Count(at => at > now - 61));
                if (window.Sum >= limit) continue;
                window.Add(1);
                admitted.Add(now);
            }

            admitted.ShouldAllBe(start => admitted.Count(at => at >= start && at < start + 60) <= limit);
        }).Holds();

    [Fact]
    public void SecondsUntilFreed_AfterThatLong_IsFree()
    {
        var window = new SlidingWindow();
        window.MoveTo(100);
        window.Add(3);
        window.MoveTo(130);
        window.Add(2);

        var wait = window.SecondsUntilFreed(1);
        window.MoveTo(130 + wait - 1);
        window.Sum.ShouldBe(5);
        window.MoveTo(130 + wait);
        window.Sum.ShouldBe(2);
    }

    [Fact]
    public void MoveTo_Backwards_ForgetsNothing()
    {
        var window = new SlidingWindow();
        window.MoveTo(100);
        window.Add(1);
        window.MoveTo(50);

        window.Sum.ShouldBe(1);
    }
}
