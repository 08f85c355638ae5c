using LlmConsole.Authentication;
using LlmConsole.Core;
using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

/// <summary>What shadow mode found: read, labelled, and swept over with every threshold. A threshold is applied by a change of the tenant's policy.</summary>
internal static class CachePairsEndpoints
{
    private const string Tag = "Admin: cache";
    private const string About = "A cache pair is a message and the nearest one with an answer, found in shadow mode and kept for 30 days where the policy wishes it.";
    private const string Example =
        """{"object":"cache_pair","id":"pair_01kb2hj9b5d7f9h1k3n5q7s0vx","at":"2027-01-31T09:40:00Z","requestId":"req_01kb2hh7z3c5e7g9j1m3p5r8tw","model":"fast","embedder":"lexical-1","prompt":"In Python, how can I sort a list?","nearPrompt":"How do I sort a list in Python?","similarity":0.912,"veto":null,"answer":"Use sorted().","nearAnswer":"Use sorted().","answerSimilarity":1,"cost":0.00021,"right":true}""";

    private static readonly string[] Filters = ["tenant", "from"];

    public static void MapCachePairs(this RouteGroupBuilder admin)
    {
        admin.MapGet("cache/pairs", ListAsync).RequireAuthorization(Access.Edit).WithMetadata(new OperationDoc("list-cache-pairs", "Read cache pairs", $"{About} Those of a tenant (required, by name or id) since from (30 days ago if it isn't sent), the newest first, at most 5,000. The audit log has a line for it.")
        {
            Tag = Tag, Filters = Filters, Response = $$"""{"object":"list","data":[{{Example}}],"has_more":false,"next":null}""",
        });

        admin.MapPatch("cache/pairs/{id}", LabelAsync).RequireAuthorization(Access.Edit).WithMetadata(new OperationDoc("label-cache-pair", "Label one cache pair", "Says whether the near answer would have been right; null takes the label away. The audit log has a line for it.")
        {
            Tag = Tag, Request = """{"right":true}""",
        });

        admin.MapGet("cache/sweep", SweepAsync).WithMetadata(new OperationDoc("sweep-cache-thresholds", "Sweep over thresholds", "What each threshold would have done with the pairs of a tenant (required) since from (30 days ago if it isn't sent): hits, what they would have saved, and the measured precision with its 95 % interval. Apply one with PATCH /admin/v1/tenants/{id}.")
        {
            Tag = Tag, Filters = Filters, Response = """{"object":"cache_sweep","pairs":240,"data":[{"threshold":0.8,"hits":96,"hitRate":0.4,"saved":0.0201,"right":58,"wrong":1,"precision":0.983,"precisionLow":0.91,"precisionHigh":0.997}]}""",
        });
    }

    private static async Task<Ok<Page<CachePairView>>> ListAsync(HttpContext context, CachePairs pairs, ConfigurationStore store, TimeProvider time)
    {
        var (tenant, from) = Asked(context.Request, store, time);
        var found = await pairs.ReadAsync(Resources.Actor(context), tenant, from, CachePairs.MostPerTenant, context.RequestAborted);
        return TypedResults.Ok(new Page<CachePairView>([.. found.Select(CachePairView.From)], null));
    }

    private static async Task<NoContent> LabelAsync(string id, Body<PairLabelBody> body, HttpContext context, CachePairs pairs)
    {
        if (!body.Value.Right.IsSent) throw new RefusalException(ErrorCode.InvalidValue, "right is missing. Send true, false, or null.", "right");
        return await pairs.LabelAsync(Resources.Actor(context), id, body.Value.Right.Value, context.RequestAborted)
            ? TypedResults.NoContent()
            : throw new RefusalException(ErrorCode.NotFound, $"There is no pair {id}: pairs are kept for 30 days.");
    }

    private static async Task<Ok<CacheSweepView>> SweepAsync(HttpContext context, CachePairs pairs, ConfigurationStore store, TimeProvider time)
    {
        var (tenant, from) = Asked(context.Request, store, time);
        var sweep = new ThresholdSweep(await pairs.MeasuresAsync(tenant.Id, from, context.RequestAborted));
        return TypedResults.Ok(new CacheSweepView("cache_sweep", sweep.Pairs.Count, [.. sweep.Points().Select(SweepPointView.From)]));
    }

    private static (Tenant Tenant, DateTimeOffset From) Asked(HttpRequest request, ConfigurationStore store, TimeProvider time)
    {
        var query = new Query(request, Filters);
        var tenant = CacheEndpoints.TenantOf(query, store.Current) ?? throw new RefusalException(ErrorCode.InvalidValue, "Name the tenant, as in ?tenant=Acme.", "tenant");
        return (tenant, query.Time("from") ?? time.GetUtcNow() - CachePairs.KeptFor);
    }
}

/// <summary>A label as it is sent.</summary>
internal sealed record PairLabelBody
{
    /// <summary>Whether the near answer would have been right.</summary>
    public Optional<bool?> Right { get; init; }
}

/// <summary>A message and the nearest one with an answer.</summary>
/// <param name="Veto">The guard that would have held the answer back.</param>
/// <param name="Cost">Dollars that the call cost, and would not have.</param>
/// <param name="Right">What somebody said of the near answer.</param>
internal sealed record CachePairView(
    string Object, string Id, DateTimeOffset At, string RequestId, string Model, string Embedder, string Prompt, string NearPrompt, double Similarity, string? Veto, string Answer, string NearAnswer,
    double AnswerSimilarity, Usd Cost, bool? Right)
{
    public static CachePairView From(CachePair pair) => new(
        "cache_pair", pair.Id, pair.At, pair.RequestId, pair.Model, pair.Embedder, pair.Prompt, pair.NearPrompt, pair.Similarity, pair.Veto, pair.Answer, pair.NearAnswer, pair.AnswerSimilarity, pair.Cost, pair.IsRight);
}

/// <summary>What all thresholds would have done.</summary>
/// <param name="Data">The lowest threshold first.</param>
internal sealed record CacheSweepView(string Object, int Pairs, IReadOnlyList<SweepPointView> Data);

/// <summary>What one threshold would have done.</summary>
/// <param name="Saved">Dollars.</param>
/// <param name="Precision">Right ones among the labelled hits; null without labels.</param>
internal sealed record SweepPointView(double Threshold, int Hits, double HitRate, Usd Saved, int Right, int Wrong, double? Precision, double? PrecisionLow, double? PrecisionHigh)
{
    public static SweepPointView From(SweepPoint point) => new(point.Threshold, point.Hits, point.HitRate, point.Saved, point.Right, point.Wrong, point.Precision, point.Interval?.Low, point.Interval?.High);
}
