using LlmConsole.Core.Configuration;
using LlmConsole.Core.Routing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Routing;

public sealed class CandidatesTests
{
    private static readonly ConfigurationSnapshot Snapshot = new(1, [], [], [], Enumerable.Range(0, 10).ToDictionary(
        i => $"prv_{i}", i => new Provider { Id = $"prv_{i}", Name = $"p{i}", Kind = ProviderKind.Simulator }), []);

    private readonly HealthBook _health = new(new HealthOptions(), new ConfigurationStore(null!, null!), new FakeTimeProvider(), NullLogger<HealthBook>.Instance);

    [Fact]
    public void Of_Groups_AreAskedInTheirOrder()
    {
        var model = Model(new ModelTarget("prv_0", "m") { Group = 2 }, new ModelTarget("prv_1", "m") { Group = 0 }, new ModelTarget("prv_2", "m") { Group = 1 }, new ModelTarget("prv_3", "m") { Group = 1 });

        for (var i = 0; i < 50; i++)
        {
            var order = Order(model);
            (order[0], order[3]).ShouldBe(("prv_1", "prv_0"));
            order.Order().ShouldBe(["prv_0", "prv_1", "prv_2", "prv_3"]);
        }
    }

    [Fact]
    public void Of_Drained_IsNeverAsked()
    {
        Order(Model(new ModelTarget("prv_0", "m") { Drained = true }, new ModelTarget("prv_1", "m"))).ShouldBe(["prv_1"]);
        Order(Model(new ModelTarget("prv_0", "m") { Drained = true })).ShouldBeEmpty();
    }

    [Fact]
    public void Of_Weights_ShareTheFirstPlace()
    {
        var model = Model(new ModelTarget("prv_0", "m", 3), new ModelTarget("prv_1", "m"));

        Enumerable.Range(0, 4_000).Count(_ => Order(model)[0] == "prv_0").ShouldBeInRange(2_800, 3_200);
    }

    [Fact]
    public void Of_MuchSlowerTarget_IsDrawnLessOften()
    {
        _health.Of(new TargetKey("prv_0", "m")).Enter()!.Began(TimeSpan.FromMilliseconds(100));
        _health.Of(new TargetKey("prv_1", "m")).Enter()!.Began(TimeSpan.FromMilliseconds(800));
        var model = Model(new ModelTarget("prv_0", "m"), new ModelTarget("prv_1", "m"));

        // A quarter of its weight: twice as slow as the fastest is tolerated, and it is four times slower than that.
        Enumerable.Range(0, 4_000).Count(_ => Order(model)[0] == "prv_1").ShouldBeInRange(640, 960);
    }

    [Fact]
    public void Of_StickyUser_MeetsTheSameTargetUntilItGoesAway()
    {
        var targets = Enumerable.Range(0, 5).Select(i => new ModelTarget($"prv_{i}", "m")).ToArray();
        var model = Sticky(targets);
        var users = Enumerable.Range(0, 200).Select(i => $"ten/user {i}").ToList();
        var before = users.ConvertAll(user => Order(model, user)[0]);

        users.ConvertAll(user => Order(model, user)[0]).ShouldBe(before);
        before.Distinct().Count().ShouldBe(5);
        var without = Sticky([.. targets[..4], targets[4] with { Drained = true }]);
        foreach (var (user, place) in users.Zip(before))
        {
            if (place != "prv_4") Order(without, user)[0].ShouldBe(place);
        }
    }

    private static Model Model(params ModelTarget[] targets) => new() { Id = "mod", Name = "m", Targets = targets };

    private static Model Sticky(ModelTarget[] targets) => Model(targets) with { Resilience = new ModelResilience { Sticky = Stickiness.User } };

    private List<string> Order(Model model, string? user = null) => [.. new Candidates(Snapshot, _health, user, Random.Shared).Of(model, "m").Select(candidate => candidate.Provider.Id)];
}
