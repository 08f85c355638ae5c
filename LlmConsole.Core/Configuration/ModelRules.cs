namespace LlmConsole.Core.Configuration;

/// <summary>What a model route must look like.</summary>
internal static class ModelRules
{
    public const int MaxModelName = 200;

    /// <summary>The longest that a connection may be waited for.</summary>
    public const int MaxConnectSeconds = 60;
    private const int MaxGracefulMessage = 4_000;
    private const int MaxGroup = 49;

    public static void Check(ConfigurationSnapshot before, ConfigurationSnapshot after, Model model, List<Problem> problems)
    {
        if (model.Name.AsSpan(0, Math.Max(0, model.Name.Length - 1)).Contains('*')) problems.Add(new("name", "A model name may hold one *, at its end."));
        Renamed(before, after, model, problems);
        Targets(after, model, problems);
        Fallbacks(after, model, problems);
        var timeouts = model.Timeouts;
        Timeouts(timeouts.FirstTokenSeconds, timeouts.IdleSeconds, timeouts.TotalSeconds, timeouts.ConnectSeconds, problems);
        Resilience(model.Resilience, problems);
        foreach (var price in model.Prices) Price(price, problems);
    }

    public static void Timeouts(int? firstToken, int? idle, int? total, int? connect, List<Problem> problems)
    {
        ConfigurationValidator.Range("timeouts.firstTokenSeconds", firstToken, 1, 3_600, problems);
        ConfigurationValidator.Range("timeouts.idleSeconds", idle, 1, 3_600, problems);
        ConfigurationValidator.Range("timeouts.totalSeconds", total, 1, 86_400, problems);
        ConfigurationValidator.Range("timeouts.connectSeconds", connect, 1, MaxConnectSeconds, problems);
    }

    private static void Resilience(ModelResilience resilience, List<Problem> problems)
    {
        if (resilience.Retries is < 0 or > ModelResilience.MaxRetries) problems.Add(new("retries", $"Must be between 0 and {ModelResilience.MaxRetries}."));
        if (resilience.GracefulMessage is { } message && (string.IsNullOrWhiteSpace(message) || message.Length > MaxGracefulMessage))
            problems.Add(new("gracefulMessage", $"A message has 1 to {MaxGracefulMessage} characters; leave it out to answer with an error."));
    }

    /// <summary>Fallbacks name models as clients do, so a name that is taken away must not leave them pointing at nothing.</summary>
    private static void Renamed(ConfigurationSnapshot before, ConfigurationSnapshot after, Model model, List<Problem> problems)
    {
        if (before.Models.GetValueOrDefault(model.Id)?.Name is not { } old || old == model.Name || after.FindModel(old) is not null) return;
        if (after.Models.Values.FirstOrDefault(other => other.Fallbacks.Contains(old)) is { } user)
            problems.Add(new("name", $"{user.Name} falls back to {old}. Change its fallbacks first."));
    }

    private static void Targets(ConfigurationSnapshot after, Model model, List<Problem> problems)
    {
        if (model.Targets.Count is 0 or > 50) problems.Add(new("targets", "A model has 1 to 50 targets."));
        for (var i = 0; i < model.Targets.Count; i++)
        {
            var target = model.Targets[i];
            if (!after.Providers.ContainsKey(target.ProviderId)) problems.Add(new($"targets[{i}].provider", "There is no such provider. Choose one that exists."));
            if (string.IsNullOrWhiteSpace(target.Model) || target.Model.Length > MaxModelName) problems.Add(new($"targets[{i}].model", $"The provider's name of the model, at most {MaxModelName} characters."));
            else if (target.Model.Contains('*') && (target.Model != "*" || !model.IsPattern)) problems.Add(new($"targets[{i}].model", "* alone sends the name that was asked for, and only a model whose own name ends in * may use it."));
            ConfigurationValidator.Range($"targets[{i}].weight", target.Weight, 1, 1_000_000, problems);
            if (target.Group is < 0 or > MaxGroup) problems.Add(new($"targets[{i}].group", $"Must be between 0 and {MaxGroup}; 0 is asked first."));
        }
    }

    private static void Fallbacks(ConfigurationSnapshot after, Model model, List<Problem> problems)
    {
        if (model.Fallbacks.Count > 10) problems.Add(new("fallbacks", "At most 10 fallback models."));
        for (var i = 0; i < model.Fallbacks.Count; i++)
        {
            if (model.Fallbacks[i] == model.Name) problems.Add(new($"fallbacks[{i}]", "A model can't be its own fallback."));
            else if (after.FindModel(model.Fallbacks[i]) is null) problems.Add(new($"fallbacks[{i}]", $"There is no model named {model.Fallbacks[i]}."));
        }
    }

    private static void Price(ModelPrice price, List<Problem> problems)
    {
        Amount("prices.inputPerMillion", price.InputPerMillion, problems);
        Amount("prices.cachedInputPerMillion", price.CachedInputPerMillion ?? Usd.Zero, problems);
        Amount("prices.cacheWritePerMillion", price.CacheWritePerMillion ?? Usd.Zero, problems);
        Amount("prices.outputPerMillion", price.OutputPerMillion, problems);
        if (price.PerRequest is { } request && (request < Usd.Zero || request.Nanos > 10_000 * Usd.NanosPerDollar)) problems.Add(new("prices.perRequest", "Must be between 0 and 10,000 dollars per request."));
    }

    private static void Amount(string field, Usd amount, List<Problem> problems)
    {
        if (amount < Usd.Zero || amount.Nanos > 1_000_000 * Usd.NanosPerDollar) problems.Add(new(field, "Must be between 0 and 1,000,000 dollars per million tokens."));
    }
}
