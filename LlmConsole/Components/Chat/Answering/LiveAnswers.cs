using System.Collections.Concurrent;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Conversations;
using LlmConsole.Core.Wire;

namespace LlmConsole.Components.Chat.Answering;

/// <summary>Runs the calls of the chat page, beside the pages that show them, and writes down how each ended.</summary>
internal sealed partial class LiveAnswers(
    ChatGateway gateway, ConversationStore conversations, ConversationCalls calls, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<LiveAnswers> log) : IHostedService
{
    private readonly ConcurrentDictionary<string, LiveAnswer> _running = new();

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What had arrived of answers that the stop broke off is kept before the process ends.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_running.Values.Select(answer => answer.Ended)).WaitAsync(cancellationToken);

    /// <summary>The answer, while it is arriving.</summary>
    public LiveAnswer? Find(string messageId) => _running.GetValueOrDefault(messageId);

    /// <summary>Asks for the answer that the thread ends with.</summary>
    public LiveAnswer Start(string userId, string? tenantId, ConversationThread thread)
    {
        var sink = new ConversationSink(time);
        var answer = new LiveAnswer(thread.Turns[^1].MessageId, Core.Ids.New("req", time), sink, lifetime.ApplicationStopping);
        _running[answer.MessageId] = answer;
        _ = Task.Run(() => RunAsync(userId, tenantId, thread, answer, sink), CancellationToken.None);
        return answer;
    }

    private async Task RunAsync(string userId, string? tenantId, ConversationThread thread, LiveAnswer answer, ConversationSink sink)
    {
        try
        {
            var error = await AskAsync(userId, tenantId, thread, answer, sink);
            var state = error is not null ? MessageState.Failed : sink.IsComplete ? MessageState.Complete : MessageState.Stopped;
            var ending = new AnswerEnding { Text = sink.Text, State = state, RequestId = answer.RequestId, Error = error };

            // Not cancelled by Stop: keeping what had arrived is what Stop promises.
            await conversations.EndAnswerAsync(userId, answer.MessageId, ending, CancellationToken.None);
        }
        catch (Exception e)
        {
            NotStored(log, e, answer.RequestId);
        }
        finally
        {
            _running.TryRemove(answer.MessageId, out _);
            answer.End();
            answer.Dispose();
        }
    }

    /// <summary>What the reader is told when the call fails; none when it ended well or was stopped.</summary>
    private async Task<string?> AskAsync(string userId, string? tenantId, ConversationThread thread, LiveAnswer answer, ConversationSink sink)
    {
        try
        {
            var messages = await conversations.ReadAsync(userId, thread.Conversation.Id, ConversationCalls.Sent(thread), answer.Stopped);
            await gateway.AnswerAsync(calls.Create(userId, tenantId, answer.RequestId, thread.Conversation.Model, messages), sink, answer.Stopped);
            return sink.Failure?.Message;
        }
        catch (OperationCanceledException) when (answer.Stopped.IsCancellationRequested)
        {
            return null;
        }
        catch (RefusalException refusal)
        {
            return refusal.Message;
        }
        catch (Exception e)
        {
            Broke(log, e, answer.RequestId);
            return "Something went wrong on the server while answering. Try again; its log says why under the request id, which an administrator can look up.";
        }
    }

    [LoggerMessage(LogLevel.Error, "The chat page's call {RequestId} broke.")]
    private static partial void Broke(ILogger logger, Exception exception, string requestId);

    [LoggerMessage(LogLevel.Error, "The ending of the chat page's call {RequestId} could not be stored.")]
    private static partial void NotStored(ILogger logger, Exception exception, string requestId);
}
