using System.Buffers;
using LlmConsole.Api.Errors;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Wire;

namespace LlmConsole.Api;

/// <summary>An answer as OpenAI sends it: server-sent events for a stream, one JSON body otherwise.</summary>
internal sealed class HttpAnswerSink(HttpContext context) : IAnswerSink
{
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
            EventStream.Data(context.Response.BodyWriter, json);
            return;
        }

        context.Response.ContentLength = json.Length;
        context.Response.BodyWriter.Write(json);
    }

    public void KeepAlive() => context.Response.BodyWriter.Write(EventStream.KeepAlive);

    public void End()
    {
        if (_isStream) context.Response.BodyWriter.Write("data: [DONE]\n\n"u8);
    }

    public void Fail(RefusalException refusal)
    {
        var body = new ArrayBufferWriter<byte>(512);
        ErrorAnswer.WriteBody(body, context, refusal);
        EventStream.Data(context.Response.BodyWriter, body.WrittenSpan);
    }

    public async ValueTask<bool> FlushAsync(CancellationToken cancellation) => !(await context.Response.BodyWriter.FlushAsync(cancellation)).IsCompleted;
}

/// <summary>The framing of server-sent events.</summary>
internal static class EventStream
{
    public static ReadOnlySpan<byte> KeepAlive => ": keep-alive\n\n"u8;

    public static void Begin(HttpResponse response)
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache, no-transform";
        response.Headers["X-Accel-Buffering"] = "no";
    }

    /// <summary>One event. Data of several lines becomes several data fields.</summary>
    public static void Data(IBufferWriter<byte> writer, ReadOnlySpan<byte> data)
    {
        for (var end = data.IndexOf((byte)'\n'); end >= 0; end = data.IndexOf((byte)'\n'))
        {
            Line(writer, data[..end], "\n"u8);
            data = data[(end + 1)..];
        }

        Line(writer, data, "\n\n"u8);
    }

    private static void Line(IBufferWriter<byte> writer, ReadOnlySpan<byte> data, ReadOnlySpan<byte> end)
    {
        var field = "data: "u8;
        var length = field.Length + data.Length + end.Length;
        var span = writer.GetSpan(length);
        field.CopyTo(span);
        data.CopyTo(span[field.Length..]);
        end.CopyTo(span[(field.Length + data.Length)..]);
        writer.Advance(length);
    }
}
