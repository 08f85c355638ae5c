using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Caching;

/// <summary>
/// The kept answers for those who look after the cache: listed without their texts, read, and removed. Each reading and each removal has its line in the audit log.
/// What this instance has in memory is listed; answers that only Redis has are not.
/// </summary>
public sealed class KeptAnswers
{
    /// <summary>The kind of object in the audit log.</summary>
    public const string Kind = "cache-entry";

    private readonly AnswerCache _answers;
    private readonly MessageIndex _messages;
    private readonly RedisMessages _shared;
    private readonly ConfigurationEditor _editor;
    private readonly CachingOptions _options;

    internal KeptAnswers(AnswerCache answers, MessageIndex messages, RedisMessages shared, ConfigurationEditor editor, CachingOptions options) =>
        (_answers, _messages, _shared, _editor, _options) = (answers, messages, shared, editor, options);

    /// <summary>The newest first.</summary>
    /// <param name="tenantId">None: of all tenants.</param>
    public IReadOnlyList<CacheEntry> List(string? tenantId = null) => [.. Entries(tenantId).Select(CacheEntry.Of)];

    /// <summary>The beginnings of the messages, by the call that each answer was given first.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReadPromptsAsync(Actor actor, string? tenantId, CancellationToken cancellation)
    {
        var prompts = Entries(tenantId).GroupBy(entry => entry.Answer.RequestId).ToDictionary(group => group.Key, group => group.First().Answer.Prompt);
        await _editor.AuditAsync(actor, "read", Kind, tenantId ?? "all", "prompts", null, new { Tenant = tenantId, prompts.Count }, cancellation);
        return prompts;
    }

    /// <summary>What one says; none when it is gone.</summary>
    public async Task<CacheEntryText?> ReadAsync(Actor actor, string requestId, CancellationToken cancellation)
    {
        if (Find(requestId) is not { } entry || _answers.Memory.Find(entry.Key) is not { } answer) return null;
        await AuditAsync(actor, "read", entry, cancellation);
        return CacheEntryText.Of(entry, answer);
    }

    /// <summary>Removes one, on all instances; false when it is gone already.</summary>
    public async Task<bool> DeleteAsync(Actor actor, string requestId, CancellationToken cancellation)
    {
        var entry = Find(requestId);
        if (!await EvictAsync(requestId)) return false;
        if (entry is not null) await AuditAsync(actor, "delete", entry, cancellation);
        else await _editor.AuditAsync(actor, "delete", Kind, requestId, requestId, null, null, cancellation);
        return true;
    }

    /// <summary>Removes the answer that a call was given first, with its message; false when it is gone already.</summary>
    internal async ValueTask<bool> EvictAsync(string requestId)
    {
        _messages.Remove(message => message.RequestId == requestId);
        if (await _answers.EvictAsync(requestId) is not { } key) return false;
        await _shared.RemoveAsync(key);
        return true;
    }

    /// <summary>Where answers and messages are kept, and how full that is.</summary>
    public async Task<CacheHomes> HomesAsync() => new(_answers.Memory.Count, _answers.Memory.Bytes, _options.MemoryBytes, _messages.Count, _options.SemanticEntries, await _shared.HomeAsync());

    private MemoryEntry? Find(string requestId) => _answers.Memory.Entry(requestId);

    private IEnumerable<MemoryEntry> Entries(string? tenantId) =>
        _answers.Memory.Entries().Where(entry => tenantId is null || entry.Answer.TenantId == tenantId).OrderByDescending(entry => entry.Answer.StoredAt);

    /// <summary>What it is about, and nothing of what it says.</summary>
    private Task AuditAsync(Actor actor, string action, MemoryEntry entry, CancellationToken cancellation) =>
        _editor.AuditAsync(actor, action, Kind, entry.Answer.RequestId, entry.Answer.RequestId, action == "delete" ? CacheEntry.Of(entry) : null, null, cancellation);
}

/// <summary>How full the cache of this instance is, and where vectors are.</summary>
/// <param name="Answers">In memory.</param>
/// <param name="Bytes">What they take, about.</param>
/// <param name="Messages">Kept as vectors.</param>
public sealed record CacheHomes(int Answers, long Bytes, long MaxBytes, int Messages, int MaxMessages, VectorHome Vectors);
