using Bunit;
using LlmConsole.Components.Console.Providers;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Routing;

namespace LlmConsole.Tests.Components.Console.Providers;

public sealed class ProviderHealthTests : ConsoleContext
{
    private Provider Simulator => Snapshot.Providers.Values.Single();

    [Fact]
    public void Health_OfAnUnaskedProvider_SaysSo() => TextOf([Status("a", TargetState.Open, "prv_other")]).ShouldBe("not asked yet");

    [Fact]
    public void Health_OfTargetsThatDoAlike_IsOneWord() => TextOf([Status("a", TargetState.Healthy), Status("b", TargetState.Healthy)]).ShouldBe("healthy");

    [Fact]
    public void Health_OfMixedTargets_CountsTheWorst() =>
        TextOf([Status("a", TargetState.Healthy), Status("b", TargetState.Open), Status("c", TargetState.CoolingDown), Status("d", TargetState.Open)]).ShouldBe("2 of 4 open");

    private string TextOf(IReadOnlyList<TargetStatus> statuses) =>
        Render<ProviderHealth>(parameters => parameters.Add(health => health.Provider, Simulator).Add(health => health.Statuses, statuses)).Find("span").TextContent;

    private TargetStatus Status(string model, TargetState state, string? provider = null) =>
        new() { Target = new TargetKey(provider ?? Simulator.Id, model), State = state, Since = Time.GetUtcNow() };
}
