namespace LlmConsole.Core.Storage;

/// <summary>
/// Says which instance does a periodic work this time: whoever moves the row on first. An instance that dies while it works leaves the rest to the next
/// time, so each round must be able to begin where another stopped.
/// </summary>
public sealed class DutyRoster(DatabaseConnections connections, TimeProvider time)
{
    /// <summary>True for one caller of all instances in each period. By the instances' own clocks.</summary>
    public async Task<bool> TakeAsync(string duty, TimeSpan period, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var (due, next) = (now.ToUnixTimeMilliseconds(), (now + period).ToUnixTimeMilliseconds());
        if (await connections.ExecuteAsync($"UPDATE duties SET not_before = {next} WHERE name = {duty} AND not_before <= {due}", cancellation) == 1) return true;

        // The very first time: of several who add the row, one does.
        return !await connections.AnyAsync($"SELECT 1 FROM duties WHERE name = {duty}", cancellation)
            && await connections.ExecuteAsync($"INSERT INTO duties (name, not_before) VALUES ({duty}, {next}) ON CONFLICT (name) DO NOTHING", cancellation) == 1;
    }
}
