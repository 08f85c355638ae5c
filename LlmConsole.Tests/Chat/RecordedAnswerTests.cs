using System.Text;
using LlmConsole.Core;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;

namespace LlmConsole.Tests.Chat;

public sealed class RecordedAnswerTests
{
    private static readonly AnswerHead Head = new("gpt-ž", "prov", CacheVerdict.Miss, 2, true, new Usd(123_456_789), new LimitReport(new LimitWindow(60, 59, TimeSpan.Zero), null));

    [Fact]
    public async Task Replay_OfBytes_IsWhatWasRecorded()
    {
        var recorder = new AnswerRecorder();
        recorder.Begin(Head);
        foreach (var frame in (string[])["{\"a\":1}", "", "{\"b\":\"žluť 😀\"}"]) recorder.Add(Encoding.UTF8.GetBytes(frame));

        var sink = await ReplayAsync(recorder.ToAnswer(null).ShouldNotBeNull());

        sink.Head.ShouldBe(Head with { Limits = LimitReport.Unlimited, ReplayOf = "req_1" });
        sink.Events.ShouldBe(["{\"a\":1}", "", "{\"b\":\"žluť 😀\"}", "end", "flush"]);
    }

    [Fact]
    public async Task Replay_BrokenOff_EndsWithTheFailure()
    {
        var recorder = new AnswerRecorder();
        recorder.Begin(Head with { ProviderName = null, Cost = null });
        recorder.Add("{}"u8);

        var sink = await ReplayAsync(recorder.ToAnswer(new RefusalException(ErrorCode.Timeout, "It fell silent.")).ShouldNotBeNull());

        (sink.Head.ProviderName, sink.Head.Cost).ShouldBe((null, null));
        sink.Events.ShouldBe(["{}", "timeout: It fell silent.", "flush"]);
    }

    [Fact]
    public async Task Replay_ReaderLeaves_Stops()
    {
        var recorder = new AnswerRecorder();
        recorder.Begin(Head);
        for (var i = 0; i < 3; i++) recorder.Add(new byte[64 * 1024]);
        var sink = new ListSink { IsGone = true };

        await recorder.ToAnswer(null).ShouldNotBeNull().ReplayAsync("req_1", LimitReport.Unlimited, sink, TestContext.Current.CancellationToken);

        sink.Events.Count.ShouldBe(2);
        sink.Events[1].ShouldBe("flush");
    }

    [Fact]
    public void ToAnswer_TooLarge_IsNone()
    {
        var recorder = new AnswerRecorder();
        recorder.Begin(Head);
        for (var i = 0; i < 4; i++) recorder.Add(new byte[AnswerRecorder.MaxBytes / 4]);

        recorder.ToAnswer(null).ShouldBeNull();
    }

    [Fact]
    public void ToAnswer_HalfACompletion_IsNone()
    {
        var recorder = new AnswerRecorder();
        recorder.Begin(Head with { Stream = false });

        recorder.ToAnswer(new RefusalException(ErrorCode.InternalError, "no")).ShouldBeNull();
    }

    private static async Task<ListSink> ReplayAsync(RecordedAnswer answer)
    {
        var sink = new ListSink();
        await RecordedAnswer.Parse(answer.ToBytes()).ReplayAsync("req_1", LimitReport.Unlimited, sink, TestContext.Current.CancellationToken);
        return sink;
    }

    private sealed class ListSink : IAnswerSink
    {
        public AnswerHead Head { get; private set; }
        public List<string> Events { get; } = [];
        public bool IsGone { get; init; }

        public void Begin(in AnswerHead head) => Head = head;

        public void Write(ReadOnlySpan<byte> json) => Events.Add(Encoding.UTF8.GetString(json));

        public void End() => Events.Add("end");

        public void Fail(RefusalException refusal) => Events.Add($"{refusal.Error.Code}: {refusal.Message}");

        public ValueTask<bool> FlushAsync(CancellationToken cancellation)
        {
            Events.Add("flush");
            return ValueTask.FromResult(!IsGone);
        }
    }
}
