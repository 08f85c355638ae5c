using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Conversations;

/// <summary>Deletes for good, now and then, the conversations whose deletion can't be taken back any more.</summary>
internal sealed partial class ConversationUpkeep(ConversationShelf shelf, TimeProvider time, ILogger<ConversationUpkeep> log) : BackgroundService
{
    internal static readonly TimeSpan Beat = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Beat, time);
        do
        {
            try
            {
                await shelf.PurgeAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The database is away: what is overdue waits for the next time.
                NotPurged(log, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Warning, "Deleted conversations could not be removed for good; it is tried again in ten minutes.")]
    private static partial void NotPurged(ILogger logger, Exception exception);
}
