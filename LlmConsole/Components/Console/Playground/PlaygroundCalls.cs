using System.Text;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;

namespace LlmConsole.Components.Console.Playground;

/// <summary>Makes the calls of the playground: on the road, under a tenant's limits and in its books, as a client of the API would.</summary>
internal sealed partial class PlaygroundCalls(ChatGateway gateway, ConfigurationStore configuration, UsageQueries usage, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<PlaygroundCalls> log)
{
    /// <summary>The label under which these calls stand in the books.</summary>
    public const string Task = "playground";

    /// <summary>The names that the tenant may use, in order.</summary>
    public IReadOnlyList<string> ModelsOf(string tenantId) => configuration.Current.CallerOf(tenantId) is { } caller ? [.. caller.UsableModels().Select(model => model.Name)] : [];

    public PlaygroundRun Create(string model, string body, CacheWish wish) => new(Core.Ids.New("req", time), model, body, wish, time, lifetime.ApplicationStopping);

    /// <summary>Makes the call; ends when it stands in the books.</summary>
    /// <param name="run">The call, and where its answer goes.</param>
    /// <param name="tenantId">Whose limits and books.</param>
    /// <param name="userId">The administrator who asks.</param>
    public async Task AskAsync(PlaygroundRun run, string tenantId, string userId)
    {
        var refusal = await AnswerAsync(run, tenantId, userId);
        UsageRecord? record = null;
        try
        {
            record = await usage.FindAsync(run.RequestId, CancellationToken.None);
        }
        catch (Exception e)
        {
            Broke(e, run.RequestId);
        }

        run.End(record, refusal);
    }

    /// <summary>Why there is no whole answer; none when there is, or when it was stopped.</summary>
    private async Task<RefusalException?> AnswerAsync(PlaygroundRun run, string tenantId, string userId)
    {
        try
        {
            await gateway.AnswerAsync(CallOf(run, tenantId, userId), run.Sink, run.Stopped);
            return run.Sink.Failure;
        }
        catch (OperationCanceledException) when (run.Stopped.IsCancellationRequested)
        {
            return null;
        }
        catch (RefusalException refusal)
        {
            run.Sink.Refuse(refusal);
            return refusal;
        }
        catch (Exception bug)
        {
            Broke(bug, run.RequestId);
            var refusal = new RefusalException(ErrorCode.InternalError, "The gateway failed while answering. The log says more under the request id.");
            run.Sink.Refuse(refusal);
            return refusal;
        }
    }

    private ChatCall CallOf(PlaygroundRun run, string tenantId, string userId)
    {
        var caller = configuration.Current.CallerOf(tenantId, userId: userId) ?? throw new RefusalException(ErrorCode.NotFound, "This tenant was deleted. Choose another one.");
        if (caller.Tenant.Status == TenantStatus.Suspended)
            throw new RefusalException(ErrorCode.TenantSuspended, $"{caller.Tenant.Name} is suspended, so nothing can be asked in its name. Resume it, or choose another tenant.");
        return new ChatCall
        {
            RequestId = run.RequestId, Caller = caller, Route = Task, Task = Task, Body = Encoding.UTF8.GetBytes(run.Body), Cache = run.Wish, StartedAt = time.GetUtcNow(), StartedTimestamp = time.GetTimestamp(),
        };
    }

    [LoggerMessage(LogLevel.Error, "The playground's call {RequestId} broke")]
    private partial void Broke(Exception bug, string requestId);
}
