using System.Globalization;
using System.Runtime.InteropServices;

namespace LlmConsole.Core.Metering.Sums;

/// <summary>What a stretch of whole hours came to, by whatever charts and reports tell apart. Once it was read it isn't changed any more.</summary>
internal sealed class StretchSums
{
    /// <summary>By the start of the hour.</summary>
    public Dictionary<long, PartSums> Hours { get; private init; } = [];

    /// <summary>By the tenant's id.</summary>
    public Dictionary<string, PartSums> Tenants { get; private init; } = [];

    public Dictionary<string, PartSums> Models { get; private init; } = [];

    /// <summary>By the key's id; without latencies, as the two below.</summary>
    public Dictionary<string, PartSums> Keys { get; } = [];

    public Dictionary<string, PartSums> Users { get; } = [];

    public Dictionary<string, PartSums> Tasks { get; private init; } = [];

    /// <summary>Whether it tells keys and users apart, of which there may be very many.</summary>
    public bool HasCallers { get; init; } = true;

    public IReadOnlyList<Dictionary<string, PartSums>> Named => [Tenants, Models, Keys, Users, Tasks];

    /// <summary>How much it holds.</summary>
    public int Parts => Hours.Count + Named.Sum(parts => parts.Count);

    /// <summary>By ids or names, or by days of UTC (<c>2026-05-01</c>).</summary>
    public IEnumerable<KeyValuePair<string, PartSums>> By(UsageDimension dimension) => dimension switch
    {
        UsageDimension.Tenant => Tenants,
        UsageDimension.Key or UsageDimension.User when !HasCallers => throw new InvalidOperationException("These sums don't tell callers apart."),
        UsageDimension.Key => Keys,
        UsageDimension.User => Users,
        UsageDimension.Model => Models,
        UsageDimension.Task => Tasks,
        UsageDimension.Day => Hours.Select(hour => KeyValuePair.Create(DateTimeOffset.FromUnixTimeMilliseconds(hour.Key).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), hour.Value)),
        _ => throw new ArgumentOutOfRangeException(nameof(dimension)),
    };

    /// <summary>The same, but for keys and users.</summary>
    public StretchSums WithoutCallers() => new() { HasCallers = false, Hours = Hours, Tenants = Tenants, Models = Models, Tasks = Tasks };

    public static PartSums Of<TKey>(Dictionary<TKey, PartSums> parts, TKey key) where TKey : notnull => CollectionsMarshal.GetValueRefOrAddDefault(parts, key, out _) ??= new PartSums();
}
