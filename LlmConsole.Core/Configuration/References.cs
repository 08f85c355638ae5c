namespace LlmConsole.Core.Configuration;

/// <summary>Finds what people refer to by id or by name. The id wins; names differ in more than case.</summary>
public static class References
{
    public static Tier? FindTier(this ConfigurationSnapshot snapshot, string? reference) => Find(snapshot.Tiers, reference);

    public static Tenant? FindTenant(this ConfigurationSnapshot snapshot, string? reference) => Find(snapshot.Tenants, reference);

    public static Provider? FindProvider(this ConfigurationSnapshot snapshot, string? reference) => Find(snapshot.Providers, reference);

    /// <summary>By id or by its own name; unlike <see cref="ConfigurationSnapshot.FindModel"/>, a pattern is found only by the pattern itself.</summary>
    public static Model? FindModelByReference(this ConfigurationSnapshot snapshot, string? reference) => Find(snapshot.Models, reference);

    private static T? Find<T>(IReadOnlyDictionary<string, T> items, string? reference) where T : class, IConfigured =>
        reference is null ? null
        : items.TryGetValue(reference, out var item) ? item
        : items.Values.FirstOrDefault(other => string.Equals(other.Name, reference, StringComparison.OrdinalIgnoreCase));
}
