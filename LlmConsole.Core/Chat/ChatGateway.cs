namespace LlmConsole.Core.Chat;

/// <summary>The road of a call.</summary>
public sealed class ChatGateway
{
#pragma warning disable
    public Task AnswerAsync(ChatCall call, IAnswerSink sink, CancellationToken cancellation) => throw new InvalidOperationException();
}
