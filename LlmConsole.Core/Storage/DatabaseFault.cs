using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace LlmConsole.Core.Storage;

/// <summary>What an exception says of the database.</summary>
public static class DatabaseFault
{
    private const int SqliteBusy = 5;
    private const int SqliteLocked = 6;
    private const int SqliteReadOnly = 8;
    private const int SqliteIo = 10;
    private const int SqliteFull = 13;
    private const int SqliteCantOpen = 14;

    /// <summary>Whether the database can't be reached or can't work at the moment, so that the same may do well later; not that it was asked wrongly.</summary>
    public static bool IsAway(Exception? error)
    {
        // EF Core wraps what it takes for a passing fault.
        for (; error is not null; error = error.InnerException)
        {
            if (error is SqliteException { SqliteErrorCode: SqliteBusy or SqliteLocked or SqliteReadOnly or SqliteIo or SqliteFull or SqliteCantOpen } or DbException { IsTransient: true }) return true;
        }

        return false;
    }
}
