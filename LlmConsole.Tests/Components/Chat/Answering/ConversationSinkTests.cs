using System.Text;
using LlmConsole.Components.Chat.Answering;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Components.Chat.Answering;

public sealed class ConversationSinkTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ConversationSink _sink;
    private int _signals;

    public ConversationSinkTests()
    {
        _sink = new ConversationSink(_time);
        _sink.Changed += () => _signals++;
        _time.Advance(TimeSpan.FromSeconds(1));
    }

    public void Dispose() => _sink.Dispose();

    [Fact]
    public async Task Flush_ManyChunksInOneMoment_SignalsOnceMore()
    {
        await WriteAsync("a");
        _time.Advance(TimeSpan.Zero);
        _signals.ShouldBe(1);

        for (var i = 0; i < 50; i++) await WriteAsync("b");
        _time.Advance(TimeSpan.FromMilliseconds(39));
        _signals.ShouldBe(1);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        _signals.ShouldBe(2);
        _sink.Text.Length.ShouldBe(51);
    }

    [Fact]
    public async Task Flush_NothingNew_DoesNotSignal()
    {
        await _sink.FlushAsync(TestContext.Current.CancellationToken);

        _time.Advance(TimeSpan.FromSeconds(1));
        _signals.ShouldBe(0);
    }

    [Fact]
    public async Task Flush_LongAnswer_SignalsLessOften()
    {
        await WriteAsync(new string('x', 12_800));
        _time.Advance(TimeSpan.FromSeconds(1));
        _signals.ShouldBe(1);

        await WriteAsync("a");
        _time.Advance(TimeSpan.Zero);
        await WriteAsync("b");
        _time.Advance(TimeSpan.FromMilliseconds(199));
        _signals.ShouldBe(2);
        _time.Advance(TimeSpan.FromMilliseconds(2));
        _signals.ShouldBe(3);
    }

    private async Task WriteAsync(string text)
    {
        _sink.Write(Encoding.UTF8.GetBytes($$$"""{"choices":[{"index":0,"delta":{"content":"{{{text}}}"}}]}"""));
        (await _sink.FlushAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();
        _ = _sink.Text;
    }
}
