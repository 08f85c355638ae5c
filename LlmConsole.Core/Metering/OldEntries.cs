using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Metering;

/// <summary>
/// Which records of a journal may enter the books. The request id tells those that are there; but one as old as retention may have been there and gone, and would count
/// again in the sums, which stay. Retention takes the oldest first: as long as the books hold an older call, one that isn't there never was.
/// </summary>
internal sealed class OldEntries(IDbContextFactory<LlmConsoleDbContext> contexts, TimeProvider time)
{
    /// <summary>A day less than retention ever leaves, for clocks that disagree.</summary>
    private static readonly TimeSpan NeverDeleted = TimeSpan.FromDays(RecordRetention.FewestDays - 1);

    /// <summary>Those that the books lack or, if they are young, may have; and those of which nobody can know whether the books had them.</summary>
    public async Task<(IReadOnlyList<UsageRecord> Due, IReadOnlyList<UsageRecord> Unknowable)> SortAsync(IReadOnlyList<UsageRecord> records, CancellationToken cancellation)
    {
        var age = time.GetUtcNow() - NeverDeleted;
        string[] old = [.. records.Where(record => record.StartedAt < age).Select(record => record.RequestId)];
        if (old.Length == 0) return (records, []);
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var kept = (await db.Set<UsageRecord>().Where(record => old.Contains(record.RequestId)).Select(record => record.RequestId).ToListAsync(cancellation)).ToHashSet(StringComparer.Ordinal);

        // Asked after the ids: what is deleted between the two can't be known any more, and isn't taken for new.
        var oldest = await db.Set<UsageRecord>().OrderBy(record => record.StartedAt).Select(record => (DateTimeOffset?)record.StartedAt).FirstOrDefaultAsync(cancellation);
        var missing = records.Where(record => !kept.Contains(record.RequestId)).ToLookup(record => record.StartedAt >= age || IsAfter(record, oldest));
        return ([.. missing[true]], [.. missing[false]]);
    }

    /// <summary>By the books' milliseconds: of the calls of one, any may have gone first.</summary>
    private static bool IsAfter(UsageRecord record, DateTimeOffset? oldest) => record.StartedAt.ToUnixTimeMilliseconds() > oldest?.ToUnixTimeMilliseconds();
}
