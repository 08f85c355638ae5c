using System.Text;
using LlmConsole.Core.Bodies;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>Passes an answer on, and holds what went by until the call is over.</summary>
internal sealed class BodySink(IAnswerSink inner) : IAnswerSink
{
    /// <summary>A request or an answer of more bytes isn't kept.</summary>
    private const int Most = 4 * 1024 * 1024;

    private readonly List<ReadOnlyMemory<byte>> _frames = [];
    private int _length;
    private bool _isStream;

    public void Begin(in AnswerHead head)
    {
        _isStream = head.Stream;
        inner.Begin(head);
    }

    public void Write(ReadOnlySpan<byte> json)
    {
        _length += json.Length;
        if (_length <= Most) _frames.Add(json.ToArray());
        inner.Write(json);
    }

    public void KeepAlive() => inner.KeepAlive();

    public void End() => inner.End();

    public void Fail(RefusalException refusal) => inner.Fail(refusal);

    public ValueTask<bool> FlushAsync(CancellationToken cancellation) => inner.FlushAsync(cancellation);

    /// <summary>What is to be kept of the call. The body of the request is copied: its buffer goes on to another call.</summary>
    public PendingBody ToBody(ChatCall call, BodyPolicy policy)
    {
        // Vectors say nothing to a reader.
        var frames = _length > Most || call.Surface == Surface.Embeddings ? [] : _frames;
        var request = call.Body.Length > Most ? [] : call.Body.ToArray();
        var isStream = _isStream;
        return new PendingBody
        {
            RequestId = call.RequestId, TenantId = call.Caller.Tenant.Id, Policy = policy, Request = request, Response = () => Join(frames, isStream),
            RequestBytes = call.Body.Length, ResponseBytes = _length, Size = request.Length + frames.Sum(frame => frame.Length),
        };
    }

    /// <summary>One completion, so that a text that was cut into chunks can be masked as a whole. What can't be put together is kept as its text alone.</summary>
    private static ReadOnlyMemory<byte> Join(List<ReadOnlyMemory<byte>> frames, bool isStream)
    {
        if (frames.Count == 0) return default;
        if (!isStream) return frames[0];
        if (AnswerAssembly.Join(frames, default) is { } completion) return completion;
        return Encoding.UTF8.GetBytes(string.Concat(frames.Select(frame => DeliveredText.TextOf(frame.Span))));
    }
}
