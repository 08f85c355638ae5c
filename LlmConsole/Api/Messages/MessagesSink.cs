using System.Buffers;
using LlmConsole.Api.Errors;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Wire;
using LlmConsole.Core.Wire.Messages;

namespace LlmConsole.Api.Messages;

/// <summary>An answer as Anthropic sends it: named events for a stream, one message otherwise.</summary>
internal sealed class MessagesSink(HttpContext context) : IAnswerSink
{
    private readonly MessagesEvents _events = new(context.Response.BodyWriter);
    private bool _isStream;

    public void Begin(in AnswerHead head)
    {
        _isStream = head.Stream;
        AnswerHeaders.Write(context.Response.Headers, head);
        if (_isStream) EventStream.Begin(context.Response);
        else context.Response.ContentType = "application/json";
    }

    public void Write(ReadOnlySpan<byte> json)
    {
        if (_isStream)
        {
            _events.Write(json);
            return;
        }

        var message = MessagesAnswer.Of(json);
        context.Response.ContentLength = message.Length;
        context.Response.BodyWriter.Write(message.Span);
    }

    public void KeepAlive() => context.Response.BodyWriter.Write(MessagesEvents.Ping);

    public void End()
    {
        if (_isStream) _events.End();
    }

    public void Fail(RefusalException refusal)
    {
        var body = new ArrayBufferWriter<byte>(512);
        MessagesErrors.WriteBody(body, context, refusal);
        context.Response.BodyWriter.Write("event: error\n"u8);
        EventStream.Data(context.Response.BodyWriter, body.WrittenSpan);
    }

    public async ValueTask<bool> FlushAsync(CancellationToken cancellation) => !(await context.Response.BodyWriter.FlushAsync(cancellation)).IsCompleted;
}
