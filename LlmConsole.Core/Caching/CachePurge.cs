using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Caching;

/// <summary>
/// Purges the cache. A purge is a change of the configuration, a new generation, so that it is audited, reaches every instance, outlives a
/// restart, and catches answers under way; the memory of this instance is freed besides.
/// </summary>
public sealed class CachePurge
{
    private const int LongestName = 100;

    private readonly ConfigurationEditor _editor;
    private readonly AnswerCache _cache;
    private readonly MessageIndex _messages;
    private readonly TimeProvider _time;

    internal CachePurge(ConfigurationEditor editor, AnswerCache cache, MessageIndex messages, TimeProvider time) => (_editor, _cache, _messages, _time) = (editor, cache, messages, time);

    /// <summary>Of one tenant, to one model, or of everything when neither is given. Returns how many answers left the memory of this instance.</summary>
    public async Task<int> RunAsync(Actor actor, Tenant? tenant, string? model, CancellationToken cancellation)
    {
        var (id, name) = tenant is not null ? (CacheGeneration.OfTenant(tenant.Id), tenant.Name) : model is not null ? (CacheGeneration.OfModel(model), model) : (CacheGeneration.Everything, "Everything");
        var generation = new CacheGeneration { Id = id, Name = name.Length > LongestName ? name[..LongestName] : name, Value = Ids.New("gen", _time), PurgedAt = _time.GetUtcNow() };
        await _editor.SaveAsync(actor, Change.Put(generation), cancellation);
        _messages.Remove(message => model is null && (tenant is null || message.TenantId == tenant.Id));
        return _cache.Memory.Remove(answer => (tenant is null || answer.TenantId == tenant.Id) && (model is null || ModelPattern.Matches(model, answer.Model)));
    }
}
