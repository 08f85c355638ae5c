using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Api.Admin;

/// <summary>A model as it is sent.</summary>
internal sealed record ModelBody : IBody<Model>
{
    /// <summary>The name that clients send; a trailing <c>*</c> serves every name with that prefix.</summary>
    public Optional<string> Name { get; init; }

    /// <summary>Who serves it: groups in ascending order, traffic within a group shared by weight.</summary>
    public Optional<IReadOnlyList<TargetBody?>> Targets { get; init; }

    /// <summary>Public names of models to try, in order, when no target answers.</summary>
    public Optional<IReadOnlyList<string?>> Fallbacks { get; init; }
    public Optional<TimeoutsBody> Timeouts { get; init; }

    /// <summary><c>user</c> keeps the calls of one user on one target while it is well, for the sake of the provider's prompt cache; <c>none</c> draws each anew.</summary>
    public Optional<Stickiness?> Sticky { get; init; }

    /// <summary>How often a call may ask a target again that failed before its first token, 0 to 2; 1 if it isn't sent.</summary>
    public Optional<int?> Retries { get; init; }

    /// <summary>What becomes of a stream that breaks off: <c>none</c> ends it with an error, <c>hold</c> keeps answers back until they are complete, <c>continue</c> lets another target go on.</summary>
    public Optional<RescueMode?> Rescue { get; init; }

    /// <summary>What callers get as a normal answer that costs nothing when no target answers; null answers with an error.</summary>
    public Optional<string> GracefulMessage { get; init; }

    /// <summary>Gives prompts that are too long for this model to its fallback models.</summary>
    public Optional<bool?> ContextFallback { get; init; }

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
            Resilience = ApplyTo(item.Resilience),
        };
        if (!Prices.IsSent) return changed;
        if (Prices.Value is { } prices) return prices.ApplyTo(changed, edit.Now);
        return changed.Prices.Count == 0 ? changed : throw new ConfigurationInvalidException([new("prices", "A price can't be taken back, only followed by another. Send zeros to charge nothing from now on.")]);
    }

    private ModelResilience ApplyTo(ModelResilience current)
    {
        var usual = new ModelResilience();
        return new ModelResilience
        {
            Sticky = Sticky.Or(current.Sticky) ?? usual.Sticky,
            Retries = Retries.Or(current.Retries) ?? usual.Retries,
            Rescue = Rescue.Or(current.Rescue) ?? usual.Rescue,
            GracefulMessage = GracefulMessage.Or(current.GracefulMessage),
            ContextFallback = ContextFallback.Or(current.ContextFallback) ?? usual.ContextFallback,
        };
    }
}

internal sealed record TargetBody
{
    /// <summary>The provider's name or id.</summary>
    public Optional<string> Provider { get; init; }

    /// <summary>The name that the provider knows the model by; for a model that ends in <c>*</c>, <c>*</c> sends the name that was asked for.</summary>
    public Optional<string> Model { get; init; }

    /// <summary>Share of the traffic among the targets of the same group; 1 if it isn't sent.</summary>
    public Optional<int?> Weight { get; init; }

    /// <summary>Groups are asked in ascending order, a later one only when no target of an earlier one answers; 0 if it isn't sent.</summary>
    public Optional<int?> Group { get; init; }

    /// <summary>It goes on from an assistant message at the end of the request and answers with the rest alone; the rescue <c>continue</c> makes use of it.</summary>
    public Optional<bool?> AcceptsPrefill { get; init; }

    /// <summary>Takes it out of service: it gets no new calls.</summary>
    public Optional<bool?> Drained { get; init; }

    public ModelTarget ToTarget(ConfigurationSnapshot snapshot) => new(snapshot.FindProvider(Provider.Value)?.Id ?? "", Model.Value ?? "", Weight.Value ?? 1)
    {
        Group = Group.Value ?? 0, AcceptsPrefill = AcceptsPrefill.Value ?? false, Drained = Drained.Value ?? false,
    };
}

internal sealed record TimeoutsBody
{
    /// <summary>From asking to the first token.</summary>
    public Optional<int?> FirstTokenSeconds { get; init; }

    /// <summary>Silence between two events of a stream.</summary>
    public Optional<int?> IdleSeconds { get; init; }

    /// <summary>The whole call.</summary>
    public Optional<int?> TotalSeconds { get; init; }

    /// <summary>Until a new connection to the provider stands.</summary>
    public Optional<int?> ConnectSeconds { get; init; }

    public TimeoutLimits ApplyTo(TimeoutLimits? current) => new()
    {
        FirstTokenSeconds = FirstTokenSeconds.Or(current?.FirstTokenSeconds),
        IdleSeconds = IdleSeconds.Or(current?.IdleSeconds),
        TotalSeconds = TotalSeconds.Or(current?.TotalSeconds),
        ConnectSeconds = ConnectSeconds.Or(current?.ConnectSeconds),
    };

    public ModelTimeouts ApplyTo(ModelTimeouts current)
    {
        var usual = new ModelTimeouts();
        return new ModelTimeouts
        {
            FirstTokenSeconds = FirstTokenSeconds.Or(current.FirstTokenSeconds) ?? usual.FirstTokenSeconds,
            IdleSeconds = IdleSeconds.Or(current.IdleSeconds) ?? usual.IdleSeconds,
            TotalSeconds = TotalSeconds.Or(current.TotalSeconds) ?? usual.TotalSeconds,
            ConnectSeconds = ConnectSeconds.Or(current.ConnectSeconds) ?? usual.ConnectSeconds,
        };
    }
}

/// <summary>Dollars per million tokens, and per request.</summary>
internal sealed record PricesBody
{
    public Optional<Usd?> InputPerMillion { get; init; }

    /// <summary>Prompt tokens that the provider read from its own cache; without it they cost the input price.</summary>
    public Optional<Usd?> CachedInputPerMillion { get; init; }

    /// <summary>Prompt tokens that the provider wrote to its own cache; without it they cost the input price.</summary>
    public Optional<Usd?> CacheWritePerMillion { get; init; }
    public Optional<Usd?> OutputPerMillion { get; init; }

    /// <summary>Dollars for each call that a provider began to answer, beside its tokens.</summary>
    public Optional<Usd?> PerRequest { get; init; }

    public Model ApplyTo(Model model, DateTimeOffset now)
    {
        var problems = new List<Problem>();
        if (InputPerMillion.Value is null) problems.Add(new("prices.inputPerMillion", "A price needs the dollars per million input tokens."));
        if (OutputPerMillion.Value is null) problems.Add(new("prices.outputPerMillion", "A price needs the dollars per million output tokens."));
        if (problems.Count > 0) throw new ConfigurationInvalidException(problems);
        return model.WithPrice(new ModelPrice
        {
            Version = 0, EffectiveFrom = now, InputPerMillion = InputPerMillion.Value!.Value, CachedInputPerMillion = CachedInputPerMillion.Value,
            CacheWritePerMillion = CacheWritePerMillion.Value, OutputPerMillion = OutputPerMillion.Value!.Value, PerRequest = PerRequest.Value,
        });
    }
}
