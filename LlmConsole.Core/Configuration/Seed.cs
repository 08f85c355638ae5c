namespace LlmConsole.Core.Configuration;

/// <summary>What an empty installation starts with, so that everything works with no account: the simulator, its models, a tier and a tenant.</summary>
public sealed class Seed(ConfigurationStore store, ConfigurationEditor editor, TimeProvider time)
{
    public const string DefaultName = "Default";

    /// <summary>Does nothing once anything was ever configured.</summary>
    public async Task ApplyAsync(CancellationToken cancellation)
    {
        if (store.Current.Revision > 0) return;
        var now = time.GetUtcNow();
        var simulator = new Provider { Id = Ids.New("prv", time), Name = "Simulator", Kind = ProviderKind.Simulator, CreatedAt = now };
        var tier = new Tier { Id = Ids.New("tier", time), Name = DefaultName, RequestsPerMinute = 600, Concurrency = 50, MaxOutputTokens = 8_192, CreatedAt = now };
        var tenant = new Tenant { Id = Ids.New("ten", time), Name = DefaultName, TierId = tier.Id, CreatedAt = now };
        IConfigured[] all =
        [
            simulator, tier, tenant,
            SimulatorModel("simulator/echo", "echo"),
            SimulatorModel("simulator/lorem-200-300-20", "lorem-200-300-20"),
            SimulatorModel("simulator/*", "*"),
        ];
        await editor.SaveAsync(Actor.System, snapshot => snapshot.Revision > 0 ? [] : [.. all.Select(Change.Put)], cancellation);

        Model SimulatorModel(string name, string model) => new()
        {
            Id = Ids.New("mod", time), Name = name, Targets = [new ModelTarget(simulator.Id, model)], CreatedAt = now,
            Prices = [new ModelPrice { Version = 1, EffectiveFrom = now, InputPerMillion = Usd.FromDollars(0.10m), OutputPerMillion = Usd.FromDollars(0.40m) }],
        };
    }
}
