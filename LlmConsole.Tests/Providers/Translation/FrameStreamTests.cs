using System.Runtime.CompilerServices;
using System.Text;
using LlmConsole.Core.Providers.Translation;

namespace LlmConsole.Tests.Providers.Translation;

public sealed class FrameStreamTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_InAnyPieces_GivesEveryFrame()
    {
        using var running = new CancellationTokenSource();
        await using var stream = new FrameStream(Frames("{\"a\":1}", "[DONE]").GetAsyncEnumerator(Cancellation), running);
        var text = new StringBuilder();
        var buffer = new byte[3];

        for (var read = await stream.ReadAsync(buffer, Cancellation); read > 0; read = await stream.ReadAsync(buffer, Cancellation)) text.Append(Encoding.UTF8.GetString(buffer, 0, read));

        text.ToString().ShouldBe("data: {\"a\":1}\n\ndata: [DONE]\n\n");
    }

    [Fact]
    public async Task Dispose_WhileARead_StopsTheSource()
    {
        var stopped = new TaskCompletionSource();
        var running = new CancellationTokenSource();
        var stream = new FrameStream(Endless(stopped, running.Token).GetAsyncEnumerator(CancellationToken.None), running);
        var reading = stream.ReadAsync(new byte[10], Cancellation).AsTask();

        await stream.DisposeAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => reading);
        await stopped.Task.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task Cancel_OfARead_StopsTheSource()
    {
        var stopped = new TaskCompletionSource();
        var running = new CancellationTokenSource();
        await using var stream = new FrameStream(Endless(stopped, running.Token).GetAsyncEnumerator(CancellationToken.None), running);
        using var deadline = new CancellationTokenSource();
        var reading = stream.ReadAsync(new byte[10], deadline.Token).AsTask();

        await deadline.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => reading);
        await stopped.Task.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task Read_OfASourceThatFails_SaysThatTheAnswerBrokeOff()
    {
        using var running = new CancellationTokenSource();
        await using var stream = new FrameStream(Failing().GetAsyncEnumerator(Cancellation), running);

        await Should.ThrowAsync<IOException>(() => stream.ReadExactlyAsync(new byte[100], Cancellation).AsTask());
    }

    private static async IAsyncEnumerable<byte[]> Frames(params string[] frames)
    {
        foreach (var frame in frames) yield return Encoding.UTF8.GetBytes(frame);
        await Task.CompletedTask;
    }

    private static async IAsyncEnumerable<byte[]> Failing()
    {
        yield return "{}"u8.ToArray();
        await Task.CompletedTask;
        throw new NotSupportedException("a client's own failure");
    }

    private static async IAsyncEnumerable<byte[]> Endless(TaskCompletionSource stopped, [EnumeratorCancellation] CancellationToken cancellation)
    {
        try
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellation);
            yield return [];
        }
        finally
        {
            stopped.SetResult();
        }
    }
}
