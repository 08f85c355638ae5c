using LlmConsole.Components.Console.Models.Routes;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Tests.Components.Console.Models.Routes;

public sealed class TargetDrainTests : ConsoleContext
{
    private static readonly ModelTarget Target = new("prv_1", "m", 3);

    [Fact]
    public void Drain_OfOneTarget_LeavesTheOthersAndTheirOrder()
    {
        var snapshot = With(Target with { Model = "a" }, Target, Target with { Group = 1 });

        var model = TargetDrain.Of(snapshot, "mod_1", Target with { Weight = 9 }, drained: true).ShouldHaveSingleItem().Item.ShouldBeOfType<Model>();

        model.Targets.ShouldBe([Target with { Model = "a" }, Target with { Drained = true }, Target with { Group = 1 }]);
    }

    [Fact]
    public void Drain_OfTheSameTargetTwice_DrainsBoth()
    {
        var snapshot = With(Target with { Drained = true }, Target);

        var model = TargetDrain.Of(snapshot, "mod_1", Target, drained: true).ShouldHaveSingleItem().Item.ShouldBeOfType<Model>();

        model.Targets.ShouldAllBe(target => target.Drained);
    }

    [Fact]
    public void Drain_OfWhatIsGoneOrDrained_ChangesNothing()
    {
        var snapshot = With(Target with { Drained = true });

        TargetDrain.Of(snapshot, "mod_1", Target, drained: true).ShouldBeEmpty();
        TargetDrain.Of(snapshot, "mod_1", Target with { Model = "gone" }, drained: true).ShouldBeEmpty();
        TargetDrain.Of(snapshot, "mod_2", Target, drained: false).ShouldBeEmpty();
    }

    private ConfigurationSnapshot With(params ModelTarget[] targets) => Snapshot.With([Change.Put(new Model { Id = "mod_1", Name = "fast", Targets = targets })]);
}
