using LlmConsole.Core.Redis;

namespace LlmConsole.Core.Limits;

/// <summary>What one call wants of its tenant's limits in Redis.</summary>
internal abstract class RedisStep
{
    /// <summary>There is a bug in how it was asked or answered.</summary>
    public abstract void Fail(Exception bug);
}

/// <summary>To be admitted, or only to look.</summary>
/// <param name="requestId">None: only to look.</param>
internal sealed class RedisQuestion(LimitPlan plan, Demand demand, string? requestId, DateTimeOffset now) : RedisStep
{
    private readonly TaskCompletionSource<RedisAnswer<RedisReply>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LimitPlan Plan => plan;
    public Demand Demand => demand;
    public string? RequestId => requestId;
    public DateTimeOffset Now => now;

    /// <summary>Nothing when Redis doesn't answer.</summary>
    public Task<RedisAnswer<RedisReply>> Answer => _answer.Task;

    public void Answered(RedisAnswer<RedisReply> answer) => _answer.SetResult(answer);

    public override void Fail(Exception bug) => _answer.TrySetException(bug);
}

/// <summary>To be settled, or cancelled as if it had never been.</summary>
internal sealed class RedisEnding(Admission admission, bool isCancelled, Consumption actual) : RedisStep
{
    private readonly TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Admission Admission => admission;
    public bool IsCancelled => isCancelled;
    public Consumption Actual => actual;

    /// <summary>Completes when Redis has heard it, or doesn't answer.</summary>
    public Task Heard => _heard.Task;

    public void WasSent() => _heard.SetResult();

    public override void Fail(Exception bug) => _heard.TrySetException(bug);
}
