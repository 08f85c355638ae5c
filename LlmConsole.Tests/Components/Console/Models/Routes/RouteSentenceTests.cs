using LlmConsole.Components.Console.Models.Routes;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Tests.Components.Console.Models.Routes;

public sealed class RouteSentenceTests : ConsoleContext
{
    private ModelTarget Echo => new(Snapshot.Providers.Values.Single().Id, "echo", 3);

    [Fact]
    public void Sentence_OfAPlainModel_SaysWhereItGoesAndHowItEnds() => Of(new Model { Id = "mod_1", Name = "fast", Targets = [Echo] })
        .ShouldBe("Calls go to Simulator: echo. One target may be asked a second time. A stream that breaks off ends with an error. When nothing is left, callers get an error.");

    [Fact]
    public void Sentence_OfGroupsFallbacksAndRescue_SaysAllOfThem() => Of(new Model
    {
        Id = "mod_1", Name = "fast", Fallbacks = ["a", "b"],
        Targets = [Echo, Echo with { Model = "other", Weight = 1 }, Echo with { Model = "late", Group = 2 }, Echo with { Model = "gone", Drained = true }],
        Resilience = new ModelResilience { Sticky = Stickiness.User, Retries = 0, Rescue = RescueMode.Hold, ContextFallback = true, GracefulMessage = "Try later." },
    }).ShouldBe(
        "Calls go to Simulator: echo (75\u00a0%) and Simulator: other (25\u00a0%), each user to the same one while it is well. If none answers, then to Simulator: late. Simulator: gone is drained. "
        + "When all of them fail, a, then b are asked, also for prompts that are too long here. No target is asked twice for one call. Answers are kept back until they are complete. "
        + "When nothing is left, callers are told “Try later.”.");

    [Fact]
    public void Sentence_OfDrainedTargetsAlone_SaysThatNoneIsAsked() =>
        Of(new Model { Id = "mod_1", Name = "fast", Targets = [Echo with { Drained = true }] }).ShouldStartWith("Every target is drained, so none is asked. ");

    private string Of(Model model) => RouteSentence.Of(model, Snapshot);
}
