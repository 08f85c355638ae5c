using LlmConsole.Core.Configuration;
using LlmConsole.Core.Routing;

namespace LlmConsole.Api.Admin;

/// <summary>What the targets of a model said to a test.</summary>
internal sealed record ModelTestView
{
    public string Object { get; } = "model.test";

    /// <summary>The model's public name.</summary>
    public required string Model { get; init; }

    /// <summary>Whether every target answered.</summary>
    public bool Ok { get; init; }
    public required IReadOnlyList<TargetTestView> Targets { get; init; }

    public static ModelTestView From(Model model, IReadOnlyList<TargetAnswer> answers) => new()
    {
        Model = model.Name, Ok = answers.All(answer => answer.Ok), Targets = [.. answers.Select(TargetTestView.From)],
    };
}

/// <summary>What one target said.</summary>
internal sealed record TargetTestView
{
    /// <summary>The provider's name.</summary>
    public required string Provider { get; init; }
    public required string ProviderId { get; init; }

    /// <summary>The name that the provider was asked for.</summary>
    public required string Model { get; init; }
    public bool Ok { get; init; }

    /// <summary>Its HTTP status; none when it couldn't be reached.</summary>
    public int? Status { get; init; }

    /// <summary>Milliseconds until the first token, or until it failed.</summary>
    public double Ms { get; init; }

    /// <summary>What happened, and the next step.</summary>
    public required string Message { get; init; }

    public static TargetTestView From(TargetAnswer answer) => new()
    {
        Provider = answer.Provider, ProviderId = answer.Target.ProviderId, Model = answer.ProviderModel, Ok = answer.Ok, Status = answer.Status, Ms = answer.Ms, Message = answer.Message,
    };
}
