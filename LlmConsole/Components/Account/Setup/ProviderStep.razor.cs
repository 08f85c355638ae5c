using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;
using Microsoft.AspNetCore.Components;

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

    private readonly CancellationTokenSource _gone = new();
    private FormBody _form = default!;
    private ProbeResult? _probe;
    private bool _busy;

    /// <summary>Told the public name of the model to call.</summary>
    [Parameter, EditorRequired]
    public EventCallback<string> OnDone { get; set; }

    internal ProviderInput Input { get; } = new();

    private string ModelHelp => _probe is { Ok: true, Models.Count: > 0 } ? "One that the provider lists. Clients call it by this name." : "As the provider names it. Test the connection to see what there is.";

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }

    private void Choose(ProviderKind kind)
    {
        Input.Kind = kind;
        if (kind == ProviderKind.OpenAI) (Input.Name, Input.BaseUrl) = ("", "");
        _probe = null;
    }

    private Task TestAsync() => _form.RunAsync(async () =>
    {
        _probe = null;
        _probe = await Steps.TestAsync(Input, _gone.Token);
    });

    private async Task SaveAsync() => await OnDone.InvokeAsync(await Steps.PublishAsync(Input, _gone.Token));
}
