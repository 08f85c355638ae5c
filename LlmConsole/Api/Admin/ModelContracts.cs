using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Api.Admin;

/// <summary>A model as it is sent.</summary>
internal sealed record ModelBody : IBody<Model>
{
    /// <summary>The name that clients send; a trailing <c>*</c> serves every name with that prefix.</summary>
    public Optional<string> Name { get; init; }

    /// <summary>Who serves it; traffic is shared by weight.</summary>
    public Optional<IReadOnlyList<TargetBody?>> Targets { get; init; }

    /// <summary>Public names of models to try, in order, when no target answers.</summary>
    public Optional<IReadOnlyList<string?>> Fallbacks { get; init; }
    public Optional<TimeoutsBody> Timeouts { get; init; }

    /// <summary>The price from now on; earlier prices are kept for the calls that they were charged to.</summary>
    public Optional<PricesBody> Prices { get; init; }

    public Model ApplyTo(Model item, Edit edit)
    {
        var changed = item with
        {
            Name = Name.Or(item.Name) ?? "",
            Targets = Targets.IsSent ? [.. (Targets.Value ?? []).Select(target => (target ?? new TargetBody()).ToTarget(edit.Snapshot))] : item.Targets,
            Fallbacks = Fallbacks.IsSent ? Fallbacks.Value?.Texts() ?? [] : item.Fallbacks,
            Timeouts = Timeouts.IsSent ? Timeouts.Value?.ApplyTo(item.Timeouts) ?? new ModelTimeouts() : item.Timeouts,
        };
        if (!Prices.IsSent) return changed;
        if (Prices.Value is { } prices) return prices.ApplyTo(changed, edit.Now);
        return changed.Prices.Count == 0 ? changed : throw new ConfigurationInvalidException([new("prices", "A price can't be taken back, only followed by another. Send zeros to charge nothing from now on.")]);
    }
}

internal sealed record TargetBody
{
    /// <summary>The provider's name or id.</summary>
    public Optional<string> Provider { get; init; }

    /// <summary>The name that the provider knows the model by; for a model that ends in <c>*</c>, <c>*</c> sends the name that was asked for.</summary>
    public Optional<string> Model { get; init; }

    /// <summary>Share of the traffic among the targets; 1 if it isn't sent.</summary>
    public Optional<int?> Weight { get; init; }

    public ModelTarget ToTarget(ConfigurationSnapshot snapshot) => new(snapshot.FindProvider(Provider.Value)?.Id ?? "", Model.Value ?? "", Weight.Value ?? 1);
}

internal sealed record TimeoutsBody
{
    /// <summary>From asking to the first token.</summary>
    public Optional<int?> FirstTokenSeconds { get; init; }

    /// <summary>Silence between two events of a stream.</summary>
    public Optional<int?> IdleSeconds { get; init; }

    /// <summary>The whole call.</summary>
    public Optional<int?> TotalSeconds { get; init; }

    public ModelTimeouts ApplyTo(ModelTimeouts current)
    {
        var usual = new ModelTimeouts();
        return new ModelTimeouts
        {
            FirstTokenSeconds = FirstTokenSeconds.Or(current.FirstTokenSeconds) ?? usual.FirstTokenSeconds,
            IdleSeconds = IdleSeconds.Or(current.IdleSeconds) ?? usual.IdleSeconds,
            TotalSeconds = TotalSeconds.Or(current.TotalSeconds) ?? usual.TotalSeconds,
        };
    }
}

/// <summary>Dollars per million tokens.</summary>
internal sealed record PricesBody
{
    public Optional<Usd?> InputPerMillion { get; init; }

    /// <summary>Prompt tokens that the provider read from its own cache; without it they cost the input price.</summary>
    public Optional<Usd?> CachedInputPerMillion { get; init; }
    public Optional<Usd?> OutputPerMillion { get; init; }

    public Model ApplyTo(Model model, DateTimeOffset now)
    {
        var problems = new List<Problem>();
        if (InputPerMillion.Value is null) problems.Add(new("prices.inputPerMillion", "A price needs the dollars per million input tokens."));
        if (OutputPerMillion.Value is null) problems.Add(new("prices.outputPerMillion", "A price needs the dollars per million output tokens."));
        if (problems.Count > 0) throw new ConfigurationInvalidException(problems);
        return model.WithPrice(InputPerMillion.Value!.Value, CachedInputPerMillion.Value, OutputPerMillion.Value!.Value, now);
    }
}
