using LlmConsole.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Metering;

/// <summary>Whether the database takes records.</summary>
internal sealed partial class BooksHealth(TimeProvider time, ILogger log)
{
    private volatile StoreStatus _status = new(StoreMetrics.Database);

    public StoreStatus Status => _status;
    public bool IsAway => _status.IsDegraded;

    public void Took()
    {
        if (IsAway) _status = new StoreStatus(StoreMetrics.Database);
    }

    public void Refused(int records, Exception error)
    {
        if (IsAway) return;
        DatabaseAway(records, error);
        _status = new StoreStatus(StoreMetrics.Database, time.GetUtcNow(), "it doesn't take usage records");
    }

    [LoggerMessage(LogLevel.Error, "The database didn't take {Count} usage records; finished calls wait in the journal until it is back")]
    private partial void DatabaseAway(int count, Exception error);
}
