using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Providers;

/// <summary>What a provider is asked.</summary>
/// <param name="Request">The client's request.</param>
/// <param name="Model">The name that the provider knows the model by.</param>
internal sealed record Question(ChatRequest Request, string Model)
{
    /// <summary>The output tokens per choice to ask for, where that differs from what the request says.</summary>
    public int? OutputCap { get; init; }

    /// <summary>How long a new connection may take.</summary>
    public TimeSpan ConnectTimeout { get; init; }

    /// <summary>The beginning of an answer, from which the provider shall go on.</summary>
    public string? Prefill { get; init; }

    /// <summary>What a fire drill makes of the call.</summary>
    public FaultKind? Fault { get; init; }
}
