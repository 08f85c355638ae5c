using System.Threading.Channels;

namespace LlmConsole.Core.Webhooks;

/// <summary>Wakes the sender of this process: something is to be delivered.</summary>
internal sealed class WebhookBell
{
    private readonly Channel<bool> _rung = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Ring() => _rung.Writer.TryWrite(true);

    /// <summary>Completes when it rings.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellation) => _rung.Reader.ReadAsync(cancellation);
}
