using LlmConsole.Authentication;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

/// <summary>The kept answers: listed, read, removed, and reported as wrong.</summary>
internal static class CacheEntriesEndpoints
{
    private const string Tag = "Admin: cache";
    private const string About = "A cache entry is a kept answer in the memory of the instance that is asked; those that only Redis has are not listed. Its id is that of the call that it was given first.";
    private const string Listed =
        """{"object":"cache_entry","id":"req_01kb2hg5x1a3c6e8h0k2n4q7sv","tenant":"Acme","model":"fast","storedAt":"2027-01-31T09:35:00Z","expiresAt":"2027-01-31T10:35:00Z","hits":12,"bytes":1840,"lastMatch":null,"prompt":null,"answer":null}""";
    private const string Example =
        """{"object":"cache_entry","id":"req_01kb2hg5x1a3c6e8h0k2n4q7sv","tenant":"Acme","model":"fast","storedAt":"2027-01-31T09:35:00Z","expiresAt":"2027-01-31T10:35:00Z","hits":12,"bytes":1840,"lastMatch":{"requestId":"req_01kb2hh7z3c5e7g9j1m3p5r8tw","prompt":"In Python, how can I sort a list?","similarity":0.912,"at":"2027-01-31T09:40:00Z"},"prompt":"How do I sort a list in Python?","answer":"Use sorted()."}""";

    private static readonly string[] Filters = ["tenant"];

    public static void MapCacheEntries(this RouteGroupBuilder admin)
    {
        admin.MapGet("cache/entries", List).WithMetadata(new OperationDoc("list-cache-entries", "List cache entries", $"{About} Newest first, without what was asked and answered. tenant is a name or an id.")
        {
            Tag = Tag, IsList = true, Filters = Filters, Response = $$"""{"object":"list","data":[{{Listed}}],"has_more":false,"next":null}""",
        });

        admin.MapGet("cache/entries/{id}", GetAsync).RequireAuthorization(Access.Edit).WithMetadata(new OperationDoc(
            "get-cache-entry", "Read one cache entry", $"{About} With the beginning of the last user message, of the answer, and the last message worded alike that was given it. The audit log has a line for it.")
        {
            Tag = Tag, Response = Example,
        });

        admin.MapDelete("cache/entries/{id}", DeleteAsync).RequireAuthorization(Access.Edit).WithMetadata(new OperationDoc(
            "delete-cache-entry", "Delete one cache entry", "Removes the answer on all instances, also where only Redis has it. The audit log has a line for it.")
        {
            Tag = Tag,
        });

        admin.MapPost("cache/reports", ReportAsync).RequireAuthorization(Access.Edit).WithMetadata(new OperationDoc(
            "report-cache-hit", "Report a wrong hit", "The call with this id was given a wrong answer from the cache: the answer is removed on all instances, and the hit counts in llmconsole_cache_wrong_hits_total. The audit log has a line for it.")
        {
            Tag = Tag, Request = """{"requestId":"req_01kb2hh7z3c5e7g9j1m3p5r8tw"}""", Response = """{"object":"cache_report","request_id":"req_01kb2hh7z3c5e7g9j1m3p5r8tw","evicted":true}""",
        });
    }

    private static Ok<Page<CacheEntryView>> List(HttpRequest request, KeptAnswers answers, ConfigurationStore store)
    {
        var query = new Query(request, Filters);
        var tenant = CacheEndpoints.TenantOf(query, store.Current);
        var rest = answers.List(tenant?.Id).SkipWhile(entry => query.After is not null && entry.RequestId != query.After).Skip(query.After is null ? 0 : 1).Take(query.Limit + 1).ToList();
        return TypedResults.Ok(new Page<CacheEntryView>([.. rest.Take(query.Limit).Select(entry => CacheEntryView.From(entry, store.Current))], rest.Count > query.Limit ? rest[query.Limit - 1].RequestId : null));
    }

    private static async Task<Ok<CacheEntryView>> GetAsync(string id, HttpContext context, KeptAnswers answers, ConfigurationStore store) =>
        await answers.ReadAsync(Resources.Actor(context), id, context.RequestAborted) is { } entry ? TypedResults.Ok(CacheEntryView.From(entry, store.Current)) : throw NotThere(id);

    private static async Task<NoContent> DeleteAsync(string id, HttpContext context, KeptAnswers answers) =>
        await answers.DeleteAsync(Resources.Actor(context), id, context.RequestAborted) ? TypedResults.NoContent() : throw NotThere(id);

    private static async Task<Ok<CacheReportResult>> ReportAsync(Body<WrongHitBody> body, HttpContext context, WrongHits reports)
    {
        if (body.Value.RequestId is not { Length: > 0 } id) throw new RefusalException(ErrorCode.InvalidValue, "requestId is missing. Give the x-request-id of the answer.", "requestId");
        return TypedResults.Ok(new CacheReportResult("cache_report", id, await reports.ReportAsync(id, Resources.Actor(context), context.RequestAborted)));
    }

    private static RefusalException NotThere(string id) => new(ErrorCode.NotFound, $"The answer to {id} isn't kept here. GET /admin/v1/cache/entries lists those that are.");
}

/// <summary>A report of a wrong answer.</summary>
/// <param name="RequestId">The call that was given it.</param>
internal sealed record WrongHitBody(string? RequestId);

/// <summary>A kept answer.</summary>
/// <param name="Id">The call that it was given first.</param>
/// <param name="Hits">How often this instance gave it again.</param>
/// <param name="LastMatch">The last message that is only worded alike and was given it; null in lists.</param>
/// <param name="Prompt">The beginning of the last user message; null in lists.</param>
/// <param name="Answer">The beginning of the answer; null in lists.</param>
internal sealed record CacheEntryView(
    string Object, string Id, string? Tenant, string Model, DateTimeOffset StoredAt, DateTimeOffset ExpiresAt, long Hits, int Bytes, EntryMatch? LastMatch, string? Prompt, string? Answer)
{
    public static CacheEntryView From(CacheEntry entry, ConfigurationSnapshot snapshot) =>
        new("cache_entry", entry.RequestId, snapshot.Tenants.GetValueOrDefault(entry.TenantId)?.Name, entry.Model, entry.StoredAt, entry.ExpiresAt, entry.Hits, entry.Size, null, null, null);

    public static CacheEntryView From(CacheEntryText text, ConfigurationSnapshot snapshot) => From(text.Entry, snapshot) with { LastMatch = text.LastMatch, Prompt = text.Prompt, Answer = text.Answer };
}
