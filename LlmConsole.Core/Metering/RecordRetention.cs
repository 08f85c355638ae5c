using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Metering;

/// <summary>
/// Deletes the records of old calls. What they came to by the hour stays for ever: sums, charts, and what budgets have spent in their lifetime. A budget whose period begins
/// within an hour, as it does in some time zones, needs the records of that hour, which is why none may go that can belong to this month.
/// </summary>
public static class RecordRetention
{
    public const int FewestDays = 32;

    public static Retention For(TimeSpan keptFor) => new("delete old usage records", keptFor, DeleteAsync);

    private static Task<int> DeleteAsync(LlmConsoleDbContext db, DateTimeOffset before, int most, CancellationToken cancellation) =>
        db.Set<UsageRecord>().Where(record => record.StartedAt < before).OrderBy(record => record.StartedAt).Take(most).ExecuteDeleteAsync(cancellation);
}
