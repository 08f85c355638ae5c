using LlmConsole.Core.Configuration;

namespace LlmConsole.Tests.Support;

/// <summary>A model of two targets: a second provider is asked when the first gives no answer.</summary>
public sealed class TwoProviders : IAsyncDisposable
{
    private TwoProviders(ScriptedModel model, ScriptedProvider second) => (Model, Second) = (model, second);

    public ScriptedModel Model { get; }
    public ScriptedProvider First => Model.Provider;
    public ScriptedProvider Second { get; }

    /// <summary>The model as it is configured.</summary>
    public Model Configured => Model.App.Configuration.FindModel(Model.Name)!;

    public static async Task<TwoProviders> PublishAsync(RunningApp app, ModelResilience resilience, bool acceptsPrefill = false)
    {
        var model = await ScriptedModel.PublishAsync(app);
        var second = await ScriptedProvider.StartAsync();
        var provider = await app.CreateProviderAsync(second.BaseUrl, "sk-upstream-9876543210");
        var configured = app.Configuration.FindModel(model.Name)!;
        await app.PutAsync(configured with { Resilience = resilience, Targets = [configured.Targets[0], new ModelTarget(provider.Id, model.Name) { Group = 1, AcceptsPrefill = acceptsPrefill }] });
        return new TwoProviders(model, second);
    }

    public async ValueTask DisposeAsync()
    {
        await Model.DisposeAsync();
        await Second.DisposeAsync();
    }
}
