using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Routing;

public sealed class DrillTests : IDisposable
{
    private static readonly Model Model = new() { Id = "mod", Name = "m", Targets = [new ModelTarget("prv_1", "m")] };

    private readonly FakeTimeProvider _time = new();
    private readonly CallDeadline _deadline;

    public DrillTests() => _deadline = new CallDeadline(new ModelTimeouts(), null, null, _time.GetTimestamp(), _time, CancellationToken.None);

    public void Dispose() => _deadline.Dispose();

    [Theory]
    [InlineData(FaultKind.Slow, Surface.ChatCompletions, false, true)]
    [InlineData(FaultKind.Slow, Surface.Messages, false, true)]
    [InlineData(FaultKind.Slow, Surface.Embeddings, false, false)]
    [InlineData(FaultKind.Slow, Surface.ChatCompletions, true, false)]
    [InlineData(FaultKind.Fail, Surface.Embeddings, false, true)]
    [InlineData(FaultKind.Fail, Surface.ChatCompletions, true, true)]
    public void Concerns_ASimulatedAnswer_OnlyWhereSomebodyReadsThatItIsOne(FaultKind fault, Surface surface, bool isUnattended, bool isDrilled)
    {
        var drill = new Drill("drl", new DrillPlan { ModelId = Model.Id, Fault = fault, Minutes = 1 }, Actor.System, _time.GetUtcNow(), key => new TargetHealth(key, new HealthOptions(), _time));
        var request = ChatRequest.Parse("""{"model":"m","messages":[{"role":"user","content":"hi"}]}"""u8.ToArray()) with { Surface = surface };
        var route = new Route { Snapshot = ConfigurationSnapshot.Empty, Model = Model, Request = request, Deadline = _deadline, TenantId = "ten", IsUnattended = isUnattended };

        drill.Concerns(route, new Candidate(Model, new Provider { Id = "prv_1", Name = "p", Kind = ProviderKind.Simulator }, Model.Targets[0], "m")).ShouldBe(isDrilled);
    }
}
