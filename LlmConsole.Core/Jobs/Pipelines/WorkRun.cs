using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Wire;
using Microsoft.SemanticKernel;

namespace LlmConsole.Core.Jobs.Pipelines;

/// <summary>
/// A piece of work while its pipeline does it: each call that its kernels make becomes a step, named after what is asked and how often that was asked before. One that has its
/// answer already gives it again. What lies between here and the pipeline may wrap what is thrown, so why a step has no answer is kept.
/// </summary>
internal sealed class WorkRun(Job claim, JobItem work, JobShare share, JobPace pace, StepStore steps, JobItemRunner items, CancellationToken cancellation) : IDisposable
{
    private readonly CancellationTokenSource _stopped = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
    private readonly ConcurrentDictionary<string, int> _asked = new(StringComparer.Ordinal);

    /// <summary>The pipeline must stop: the job pauses, or another has it.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Another has the job.</summary>
    public bool IsLost { get; private set; }

    /// <summary>A step that has no answer.</summary>
    public RefusalException? Refusal { get; private set; }

    /// <summary>A step that could not even be tried, such as when the database is away.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Ends when the pipeline must stop.</summary>
    public CancellationToken Cancellation => _stopped.Token;

    public Kernel KernelOf(string model) => GatewayKernel.Create(model, AskAsync);

    public void Dispose() => _stopped.Dispose();

    private async Task<byte[]> AskAsync(ReadOnlyMemory<byte> request, CancellationToken cancelled)
    {
        try
        {
            return await AnswerAsync(request.ToArray(), cancelled);
        }
        catch (RefusalException refusal)
        {
            Refusal = refusal;
            throw;
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            Fault = fault;
            throw;
        }
    }

    private async Task<byte[]> AnswerAsync(byte[] request, CancellationToken cancelled)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(request));
        var name = string.Create(CultureInfo.InvariantCulture, $"{digest}-{_asked.AddOrUpdate(digest, 1, (_, count) => count + 1)}");
        if (await steps.OpenAsync(claim, work.Index, name, request, cancelled) is not { } step) return Stop(isLost: true);
        if (step.State == JobItemState.Queued)
        {
            using var place = await share.EnterAsync(cancelled);
            var earlier = await items.EarlierAsync([step], cancelled);
            var (isHeld, ended) = await items.RunAsync(claim, step, earlier.GetValueOrDefault(step.RequestId), pace, cancelled);
            if (!isHeld || ended is null) return Stop(isLost: !isHeld);
            step = ended;
        }

        return step.Result ?? throw new RefusalException(ErrorCode.All.FirstOrDefault(code => code.Code == step.ErrorCode) ?? ErrorCode.UpstreamError, step.Error ?? "The step has no answer.");
    }

    private byte[] Stop(bool isLost)
    {
        (IsStopped, IsLost) = (true, IsLost || isLost);
        _stopped.Cancel();
        throw new OperationCanceledException(_stopped.Token);
    }
}
