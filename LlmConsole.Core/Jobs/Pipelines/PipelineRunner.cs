using System.Text.Json;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Jobs.Pipelines;

/// <summary>Brings a piece of a pipeline's work to its end.</summary>
internal sealed partial class PipelineRunner(PipelineRegistry pipelines, StepStore steps, JobItemRunner items, TimeProvider time, ILogger<PipelineRunner> log)
{
    /// <summary>Runs a piece of work until it ended or the job pauses. False when the claim was lost.</summary>
    public async Task<bool> RunAsync(Job claim, JobItem work, JobShare share, JobPace pace, CancellationToken cancellation)
    {
        if (!pace.IsOn) return true;
        using var run = new WorkRun(claim, work, share, pace, steps, items, cancellation);
        var ended = await DoAsync(claim, work, run);
        if (run.Fault is { } fault) throw new InvalidOperationException("A step could not be tried.", fault);
        cancellation.ThrowIfCancellationRequested();
        if (run.IsStopped) return !run.IsLost;
        return await items.SaveAsync(claim, ended with { CostNanos = await steps.CostOfAsync(work, cancellation), EndedAt = time.GetUtcNow() }, cancellation);
    }

    /// <summary>The work with its result, or with why it has none.</summary>
    private async Task<JobItem> DoAsync(Job claim, JobItem work, WorkRun run)
    {
        try
        {
            if (pipelines.Find(claim.Pipeline!) is not { } pipeline) throw new RefusalException(ErrorCode.NotFound, $"There is no pipeline {claim.Pipeline} any more. Ask the administrator.");
            using var read = JsonDocument.Parse(work.Body);
            var result = await pipeline.RunAsync(read.RootElement, run.KernelOf, run.Cancellation);
            return work with { State = JobItemState.Succeeded, Result = JsonSerializer.SerializeToUtf8Bytes(result) };
        }
        catch (RefusalException refusal)
        {
            return Failed(work, refusal);
        }
        catch (Exception) when (run.Refusal is not null)
        {
            return Failed(work, run.Refusal);
        }
        catch (Exception) when (run.Cancellation.IsCancellationRequested || run.Fault is not null)
        {
            // It is taken up again where it stands.
            return work;
        }
        catch (Exception bug)
        {
            Broke(claim.Pipeline!, claim.Id, bug);
            return Failed(work, new RefusalException(ErrorCode.InternalError, "The pipeline failed. Ask the administrator, who finds the reason in the log."));
        }
    }

    private static JobItem Failed(JobItem work, RefusalException refusal) => work with { State = JobItemState.Failed, ErrorCode = refusal.Error.Code, Error = UsageText.Of(refusal.Message) };

    [LoggerMessage(LogLevel.Error, "The pipeline {Pipeline} of {JobId} failed")]
    private partial void Broke(string pipeline, string jobId, Exception bug);
}
