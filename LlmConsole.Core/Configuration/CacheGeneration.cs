namespace LlmConsole.Core.Configuration;

/// <summary>
/// Counts the purges of the cache: of everything, of a tenant, or of a model. It is a part of every cache key, so that a purge, which sets a new one,
/// puts what was stored before out of reach on every instance as soon as that instance knows the configuration, answers still under way included.
/// </summary>
public sealed record CacheGeneration : IConfigured
{
    public const string Everything = "all";

    /// <summary><c>all</c>, <c>tenant:</c> and a tenant's id, or <c>model:</c> and a public name.</summary>
    public required string Id { get; init; }

    /// <summary>What was purged, for the audit log.</summary>
    public required string Name { get; init; }

    /// <summary>Never the same twice.</summary>
    public required string Value { get; init; }

    public required DateTimeOffset PurgedAt { get; init; }

    public static string OfTenant(string tenantId) => "tenant:" + tenantId;

    public static string OfModel(string name) => "model:" + name;
}
