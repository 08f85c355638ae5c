using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Bodies;

/// <summary>Reads what was kept. Whoever shows it to somebody writes that into the audit log.</summary>
public sealed class KeptBodies(IDbContextFactory<LlmConsoleDbContext> contexts)
{
    /// <summary>The verb of the audit log for looking at a body.</summary>
    public const string View = "view";

    /// <summary>The kind of object in the audit log.</summary>
    public const string Kind = "body";

    /// <summary>What was asked and answered; none when nothing is kept of this call.</summary>
    public async Task<BodyText?> FindAsync(string requestId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var body = await db.Set<KeptBody>().AsNoTracking().SingleOrDefaultAsync(body => body.RequestId == requestId, cancellation);
        return body is null ? null : new BodyText(body.RequestId, Packing.Unpack(body.Request), Packing.Unpack(body.Response), body.RequestBytes, body.ResponseBytes, body.ExpiresAt);
    }

    /// <summary>How many calls of the tenant are kept, and the bytes that they take.</summary>
    public async Task<(int Calls, long Bytes)> SizeAsync(string tenantId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var sizes = await db.Set<KeptBody>().Where(body => body.TenantId == tenantId).GroupBy(_ => 1).Select(group => new { Calls = group.Count(), Bytes = group.Sum(body => (long)body.Request.Length + body.Response.Length) }).SingleOrDefaultAsync(cancellation);
        return sizes is null ? (0, 0) : (sizes.Calls, sizes.Bytes);
    }

    /// <summary>Deletes everything that is kept of a tenant's calls; how many calls.</summary>
    public async Task<int> DeleteAsync(string tenantId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<KeptBody>().Where(body => body.TenantId == tenantId).ExecuteDeleteAsync(cancellation);
    }
}

/// <summary>What was asked and answered in one call, masked.</summary>
/// <param name="Request">JSON; none when it was too large to be kept.</param>
/// <param name="Response">JSON, put together from its chunks; none when there was none, or when it was too large.</param>
/// <param name="RequestBytes">Bytes of the request as it came.</param>
/// <param name="ResponseBytes">Bytes of the answer as it went out.</param>
/// <param name="ExpiresAt">When it is deleted.</param>
public sealed record BodyText(string RequestId, string? Request, string? Response, int RequestBytes, int ResponseBytes, DateTimeOffset ExpiresAt);
