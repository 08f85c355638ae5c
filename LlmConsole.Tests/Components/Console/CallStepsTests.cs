using LlmConsole.Components.Console.Requests;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;

namespace LlmConsole.Tests.Components.Console;

public sealed class CallStepsTests : ConsoleContext
{
    private static readonly UsageRecord Call = new() { RequestId = "req_1", StartedAt = DateTimeOffset.UnixEpoch, TenantId = "ten", ModelAsked = "big", ModelServed = "small", Outcome = Outcome.Answered, Status = 200, DurationMs = 900 };

    [Fact]
    public void Of_RescuedCall_TellsRetryFallbackFirstTokenAndEndInOrder()
    {
        var log = AttemptLog.Write([new("prv_a", "big-1", 2, 100, "rate_limit_exceeded"), new("prv_a", "big-1", 150, 80, "upstream_error"), new("prv_b", "small-1", 240, 650, null, 12, 40)]);

        var steps = CallSteps.Of(Call with { Cache = CacheVerdict.Miss, AttemptLog = log, FirstTokenMs = 400 }, Snapshot);

        steps.Select(step => step.Name).ShouldBe(["Arrived", "Looked in the cache", "Admitted", "Asked prv_a", "Retried prv_a", "Fell back to prv_b", "First token", "Answered"]);
        steps.Select(step => step.AtMs).ShouldBe([0, null, 2, 2, 150, 240, 400, 900]);
        steps[3].Note.ShouldBe("rate_limit_exceeded, after 2\u00a0ms, for 100\u00a0ms");
        steps[5].Note.ShouldBe("answered, after 240\u00a0ms, for 650\u00a0ms, 12 tokens in, 40 out");
        steps.Count(step => step.Tone == Tone.Bad).ShouldBe(2);
    }

    [Fact]
    public void Of_RefusedCall_WasNeverAdmitted() =>
        CallSteps.Of(Call with { Outcome = Outcome.Refused, Status = 429, ErrorCode = "insufficient_quota" }, Snapshot).Select(step => step.Name).ShouldBe(["Arrived", "Refused"]);

    [Fact]
    public void Of_CallFromTheCache_SaysSo()
    {
        var steps = CallSteps.Of(Call with { Cache = CacheVerdict.Exact }, Snapshot);

        steps.Select(step => step.Name).ShouldBe(["Arrived", "Looked in the cache", "Admitted", "Answered"]);
        steps[1].Tone.ShouldBe(Tone.Cached);
    }
}
