using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;

namespace LlmConsole.Components.Account.Setup;

/// <summary>Step 2: keeps the simulator, or adds a provider and publishes one of its models. What was typed stays, whatever fails.</summary>
public sealed partial class ProviderStep : IDisposable
{
    private static readonly (ProviderKind Kind, string Name, string Words)[] Kinds =
    [
        (ProviderKind.Simulator, "Simulator", "Built in, free, no account. Answers with what it is asked."),
        (ProviderKind.OpenAI, "OpenAI", "With an API key of your OpenAI account."),
        (ProviderKind.OpenAICompatible, "OpenAI-compatible", "Any other server with OpenAI's API: vLLM, Ollama, a hosted one."),
    ];

    private static readonly string[] Shown = ["name", "baseUrl", "apiKey", "model", "inputPrice", "outputPrice"];

    private readonly CancellationTokenSource _gone = new();
    private IReadOnlyList<Problem> _problems = [];
    private ProbeResult? _probe;
    private bool _busy;

    /// <summary>Told the public name of the model to call.</summary>
    [Parameter, EditorRequired]
    public EventCallback<string> OnDone { get; set; }

    [CascadingParameter]
    private Task<AuthenticationState> Authentication { get; set; } = default!;

    internal ProviderInput Input { get; } = new();

    private string ModelHelp => _probe is { Ok: true, Models.Count: > 0 } ? $"One of the {_probe.Models.Count} that the provider lists. Clients call it by this name." : "As the provider names it. Test the connection to see what there is.";

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }

    private void Choose(ProviderKind kind)
    {
        Input.Kind = kind;
        if (kind == ProviderKind.OpenAI) Input.BaseUrl = "";
        _probe = null;
        _problems = [];
    }

    private Task TestAsync() => RunAsync(async () =>
    {
        _probe = null;
        _probe = await Steps.TestAsync(Input, _gone.Token);
    });

    private Task SaveAsync() => RunAsync(async () =>
    {
        var actor = (await Authentication).User.ToActor(null);
        await OnDone.InvokeAsync(await Steps.PublishAsync(actor, Input, _gone.Token));
    });

    private async Task RunAsync(Func<Task> step)
    {
        if (_busy) return;
        _busy = true;
        _problems = [];
        try
        {
            await step();
        }
        catch (ConfigurationInvalidException e)
        {
            _problems = e.Problems;
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested)
        {
            // The page was left while the provider was being asked.
        }
        finally
        {
            _busy = false;
        }
    }
}
