using System.Data.Common;
using System.Threading.Channels;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Caching.Semantic;

/// <summary>Writes collected pairs to the database, beside the calls: what comes faster than it can be written is left out. Old ones go.</summary>
public sealed partial class CachePairs(IDbContextFactory<LlmConsoleDbContext> contexts, ConfigurationEditor editor, TimeProvider time, ILogger<CachePairs> log) : BackgroundService
{
    /// <summary>The kind of object in the audit log.</summary>
    public const string Kind = "cache-pair";

    public const int MostPerTenant = 5_000;
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);

    private const int Waiting = 256;
    private const int SweepEvery = 100;

    private readonly Channel<CachePair> _pairs = Channel.CreateBounded<CachePair>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    /// <summary>Never waits.</summary>
    public void Collect(CachePair pair) => _pairs.Writer.TryWrite(pair);

    /// <summary>The pairs of a tenant since a moment, the newest first. They hold what was asked and answered, so that reading them has its line in the audit log.</summary>
    public async Task<IReadOnlyList<CachePair>> ReadAsync(Actor actor, Tenant tenant, DateTimeOffset since, int most, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var pairs = await db.Set<CachePair>().AsNoTracking().Where(pair => pair.TenantId == tenant.Id && pair.At >= since)
            .OrderByDescending(pair => pair.At).ThenByDescending(pair => pair.Id).Take(most).ToListAsync(cancellation);
        if (pairs.Count > 0) await editor.AuditAsync(actor, "read", Kind, tenant.Id, tenant.Name, null, new { pairs.Count, Since = since }, cancellation);
        return pairs;
    }

    /// <summary>The same without a word of what they say, for whoever only measures.</summary>
    public async Task<IReadOnlyList<SweepPair>> MeasuresAsync(string tenantId, DateTimeOffset since, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<CachePair>().AsNoTracking().Where(pair => pair.TenantId == tenantId && pair.At >= since).OrderByDescending(pair => pair.At).ThenByDescending(pair => pair.Id).Take(MostPerTenant)
            .Select(pair => new SweepPair { Id = pair.Id, Prompt = "", NearPrompt = "", Similarity = pair.Similarity, Veto = pair.Veto, Cost = pair.Cost, IsRight = pair.IsRight }).ToListAsync(cancellation);
    }

    /// <summary>Says whether the near answer would have been right; returns false when the pair is gone.</summary>
    public async Task<bool> LabelAsync(Actor actor, string id, bool? isRight, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (await db.Set<CachePair>().AsNoTracking().Where(pair => pair.Id == id).Select(pair => new { pair.RequestId, pair.IsRight }).SingleOrDefaultAsync(cancellation) is not { } before) return false;
        if (await db.Set<CachePair>().Where(pair => pair.Id == id).ExecuteUpdateAsync(set => set.SetProperty(pair => pair.IsRight, isRight), cancellation) == 0) return false;
        await editor.AuditAsync(actor, "label", Kind, id, before.RequestId, new { before.IsRight }, new { IsRight = isRight }, cancellation);
        return true;
    }

    /// <summary>Deletes what is too old, and of this tenant what is too much.</summary>
    internal async Task SweepAsync(string tenantId, CancellationToken cancellation)
    {
        var oldest = time.GetUtcNow() - KeptFor;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await db.Set<CachePair>().Where(pair => pair.At < oldest).ExecuteDeleteAsync(cancellation);
        var surplus = await db.Set<CachePair>().Where(pair => pair.TenantId == tenantId).OrderByDescending(pair => pair.At).ThenByDescending(pair => pair.Id)
            .Skip(MostPerTenant).Select(pair => pair.Id).ToListAsync(cancellation);
        if (surplus.Count > 0) await db.Set<CachePair>().Where(pair => surplus.Contains(pair.Id)).ExecuteDeleteAsync(cancellation);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var written = 0;
        try
        {
            await foreach (var pair in _pairs.Reader.ReadAllAsync(stoppingToken)) await WriteAsync(pair, written++ % SweepEvery == 0, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    private async Task WriteAsync(CachePair pair, bool sweeps, CancellationToken stopping)
    {
        try
        {
            await using (var db = await contexts.CreateDbContextAsync(stopping))
            {
                db.Add(pair);
                await db.SaveChangesAsync(stopping);
            }

            if (sweeps) await SweepAsync(pair.TenantId, stopping);
        }
        catch (Exception e) when (e is DbException or DbUpdateException or { InnerException: DbException })
        {
            NotWritten(e);
        }
    }

    [LoggerMessage(LogLevel.Warning, "A pair of messages that shadow mode found could not be written and is lost")]
    private partial void NotWritten(Exception error);
}
