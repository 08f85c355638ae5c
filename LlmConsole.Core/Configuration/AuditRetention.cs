using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Configuration;

/// <summary>Deletes old entries of the audit log.</summary>
public static class AuditRetention
{
    public static Retention For(TimeSpan keptFor) => new("delete old audit entries", keptFor, DeleteAsync);

    /// <summary>Ids sort by time, so the oldest lie at the beginning, and no index by time is needed.</summary>
    private static Task<int> DeleteAsync(LlmConsoleDbContext db, DateTimeOffset before, int most, CancellationToken cancellation) =>
        db.Set<AuditEntry>().OrderBy(entry => entry.Id).Take(most).Where(entry => entry.At < before).ExecuteDeleteAsync(cancellation);
}
