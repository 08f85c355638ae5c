using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Storage;

/// <summary>
/// Says which instance does a periodic work this time: whoever moves the row on first. An instance that dies while it works leaves the rest to the next
/// time, so each round must be able to begin where another stopped.
/// </summary>
public sealed class DutyRoster(IDbContextFactory<LlmConsoleDbContext> contexts, TimeProvider time)
{
    /// <summary>True for one caller of all instances in each period. By the instances' own clocks.</summary>
    public async Task<bool> TakeAsync(string duty, TimeSpan period, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var next = now + period;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (await db.Set<Duty>().Where(row => row.Name == duty && row.NotBefore <= now).ExecuteUpdateAsync(set => set.SetProperty(row => row.NotBefore, next), cancellation) == 1) return true;
        return !await db.Set<Duty>().AnyAsync(row => row.Name == duty, cancellation) && await FirstAsync(db, duty, next, cancellation);
    }

    /// <summary>The very first time: of several who add the row, one does.</summary>
    private static async Task<bool> FirstAsync(LlmConsoleDbContext db, string duty, DateTimeOffset next, CancellationToken cancellation)
    {
        var notBefore = next.ToUnixTimeMilliseconds();
        return await db.Database.ExecuteSqlAsync($"INSERT INTO duties (name, not_before) VALUES ({duty}, {notBefore}) ON CONFLICT (name) DO NOTHING", cancellation) == 1;
    }
}
