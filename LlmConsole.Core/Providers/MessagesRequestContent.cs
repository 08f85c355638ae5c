using System.Net;
using System.Net.Http.Headers;
using LlmConsole.Core.Wire.Messages;

namespace LlmConsole.Core.Providers;

/// <summary>A body in Anthropic's shape on its way to Anthropic: the client's bytes, with the model's name and perhaps the cap replaced.</summary>
internal sealed class MessagesRequestContent : HttpContent
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly byte[] _body;

    public MessagesRequestContent(NativeMessages native, string model, int? outputCap)
    {
        Native = native;
        _body = native.BodyFor(model, outputCap);
        Headers.ContentType = Json;
    }

    public NativeMessages Native { get; }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) => stream.WriteAsync(_body, cancellationToken).AsTask();
}
