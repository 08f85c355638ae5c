namespace LlmConsole.Core.Caching;

/// <summary>What a caller wants of the cache.</summary>
public enum CacheWish
{
    /// <summary>As the tenant's policy says.</summary>
    AsConfigured,

    /// <summary>Ask a provider and keep nothing.</summary>
    Bypass,

    /// <summary>Ask a provider and keep its answer instead of an older one.</summary>
    Refresh,

    /// <summary>Never ask a provider.</summary>
    Only,
}
