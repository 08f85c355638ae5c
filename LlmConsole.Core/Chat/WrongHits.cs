using LlmConsole.Core.Caching;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Telemetry;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>Takes reports of answers that the cache should not have given: each evicts the answer, on all instances, and counts.</summary>
public sealed class WrongHits
{
    private readonly UsageQueries _books;
    private readonly KeptAnswers _answers;
    private readonly ConfigurationEditor _editor;

    internal WrongHits(UsageQueries books, KeptAnswers answers, ConfigurationEditor editor) => (_books, _answers, _editor) = (books, answers, editor);

    /// <summary>The call got a wrong answer from the cache. True when that answer was still kept.</summary>
    /// <param name="requestId">The <c>x-request-id</c> of the call.</param>
    /// <param name="caller">Who reports, and may only report its own calls.</param>
    /// <exception cref="RefusalException">There is no such call, or its answer didn't come from the cache.</exception>
    public async Task<bool> ReportAsync(string requestId, Caller caller, CancellationToken cancellation)
    {
        var record = await _books.FindAsync(requestId, cancellation);
        var isOwn = record is not null && record.TenantId == caller.Tenant.Id && record.KeyId == caller.Key?.Id && record.UserId == caller.UserId;
        return isOwn ? await EvictAsync(record!) : throw new RefusalException(ErrorCode.NotFound, $"There is no request {requestId} of yours. Give the x-request-id of an answer.", "request_id");
    }

    /// <summary>The same by somebody who looks after the cache, with a line in the audit log.</summary>
    /// <exception cref="RefusalException">There is no such call, or its answer didn't come from the cache.</exception>
    public async Task<bool> ReportAsync(string requestId, Actor actor, CancellationToken cancellation)
    {
        var record = await _books.FindAsync(requestId, cancellation) ?? throw new RefusalException(ErrorCode.NotFound, $"There is no request {requestId}. Give the x-request-id of an answer.", "request_id");
        var evicted = await EvictAsync(record);
        await _editor.AuditAsync(actor, "report-wrong", KeptAnswers.Kind, record.CachedFrom!, record.CachedFrom!, null, new { GivenTo = requestId, Evicted = evicted }, cancellation);
        return evicted;
    }

    private async Task<bool> EvictAsync(UsageRecord record)
    {
        var requestId = record.RequestId;
        if (record.CachedFrom is not { } source) throw new RefusalException(ErrorCode.InvalidValue, $"The answer to {requestId} didn't come from the cache. Only answers with x-llmconsole-cache: exact or semantic can be reported.", "request_id");
        CacheMetrics.ReportedWrong(record.Cache == CacheVerdict.Semantic ? CacheMetrics.Semantic : CacheMetrics.Exact);
        return await _answers.EvictAsync(source);
    }
}
