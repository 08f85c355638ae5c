namespace LlmConsole.Core.Configuration;

/// <summary>Who asks for an answer, on which configuration. A request keeps the snapshot that it began with.</summary>
public sealed record Caller
{
    public required ConfigurationSnapshot Snapshot { get; init; }
    public required Tenant Tenant { get; init; }
    public required Tier Tier { get; init; }

    /// <summary>The key that was presented; none for the chat page and for JWT callers.</summary>
    public ApiKey? Key { get; init; }

    /// <summary>The signed-in user or the JWT's subject.</summary>
    public string? UserId { get; init; }

    /// <summary>Narrows the models that tier and key allow, for this call; empty means all of them.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>The cache policy that holds for this caller.</summary>
    public CachePolicy Cache => Tenant.Cache ?? Tier.Cache;

    /// <summary>Whether tier, key and credential allow the public model name.</summary>
    public bool MayUse(string model) => Allows(Tier.Models, model) && (Key is not { Models.Count: > 0 } key || Allows(key.Models, model)) && (Models.Count == 0 || Allows(Models, model));

    /// <summary>The models by name, sorted. A pattern serves names without end and is not listed.</summary>
    public IEnumerable<Model> UsableModels() => Snapshot.Models.Values.Where(model => !model.IsPattern && MayUse(model.Name)).OrderBy(model => model.Name, StringComparer.Ordinal);

    /// <summary>
    /// The model of a request that names none: the first on the tier's list that there is and that the caller may use. What ends in <c>*</c> stands for the
    /// models that it matches, sorted by name.
    /// </summary>
    public string? DefaultModel()
    {
        foreach (var pattern in Tier.Models)
        {
            if (Snapshot.FindModel(pattern) is { IsPattern: false } && MayUse(pattern)) return pattern;
            if (UsableModels().FirstOrDefault(model => ModelPattern.Matches(pattern, model.Name)) is { } model) return model.Name;
        }

        return null;
    }

    private static bool Allows(IReadOnlyList<string> patterns, string model)
    {
        for (var i = 0; i < patterns.Count; i++)
        {
            if (ModelPattern.Matches(patterns[i], model)) return true;
        }

        return false;
    }
}

/// <summary>A public model name, or a prefix of names when it ends in <c>*</c>.</summary>
public static class ModelPattern
{
    public static bool Matches(string pattern, string model) =>
        pattern.EndsWith('*') ? model.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal) : string.Equals(pattern, model, StringComparison.Ordinal);
}
