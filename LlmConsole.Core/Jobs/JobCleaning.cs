using LlmConsole.Core.Idempotency;
using LlmConsole.Core.Storage;

namespace LlmConsole.Core.Jobs;

/// <summary>Deletes what nobody needs any more.</summary>
internal sealed class JobCleaning(DatabaseConnections connections, JobOptions options, DutyRoster duties, TimeProvider time)
{
    private const int MostAtOnce = 100;

    /// <summary>Items of one statement, so that the write lock of SQLite is held only for a moment.</summary>
    private const int Chunk = 1_000;

    private static readonly TimeSpan CleanEvery = TimeSpan.FromMinutes(1);

    /// <summary>Frees idempotency keys, and deletes jobs that are over and old; one instance does it for all.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        if (!await duties.TakeAsync("clean jobs", CleanEvery, cancellation)) return;
        await ForgetKeysAsync(cancellation);
        await DeleteAsync(cancellation);
    }

    private async Task ForgetKeysAsync(CancellationToken cancellation)
    {
        var oldest = (time.GetUtcNow() - IdempotencyStore.KeptFor).ToUnixTimeMilliseconds();
        await connections.ExecuteAsync($"UPDATE jobs SET idempotency_key = NULL WHERE idempotency_key IS NOT NULL AND created_at <= {oldest}", cancellation);
    }

    /// <summary>Jobs that are over and old, and uploads that a killed process left.</summary>
    private async Task DeleteAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var (ended, lapsed) = ((now - options.Retention).ToUnixTimeMilliseconds(), now.ToUnixTimeMilliseconds());
        await using var connection = await connections.OpenAsync(cancellation);
        var old = await connection.ListAsync(
            $"SELECT id, steps FROM jobs WHERE ended_at <= {ended} OR (state = {nameof(JobState.Uploading)} AND lease_until <= {lapsed}) LIMIT {MostAtOnce}",
            job => (Id: job.GetString(0), Places: JobOptions.MaxItems + job.GetInt32(1)), cancellation);
        foreach (var (id, places) in old)
        {
            for (var from = 0; from < places; from += Chunk)
                await connection.ExecuteAsync($"""DELETE FROM job_items WHERE job_id = {id} AND "index" >= {from} AND "index" < {from + Chunk}""", cancellation);

            await connection.ExecuteAsync($"DELETE FROM jobs WHERE id = {id}", cancellation);
        }
    }
}
