using System.Text;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Caching;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Chat;

public sealed class EventPumpTests : IDisposable
{
    private const int Kilobytes64 = 64 * 1024;

    private readonly FakeTimeProvider _time = new();
    private readonly ReaderOfTheAnswer _sink = new();
    private readonly CallDeadline _deadline;
    private readonly TargetHealth _health;
    private readonly Route _route;

    public EventPumpTests()
    {
        var model = new Model { Id = "mod", Name = "m", Targets = [new ModelTarget("prv_1", "m")] };
        _deadline = new CallDeadline(new ModelTimeouts { IdleSeconds = 40, TotalSeconds = 300 }, null, null, _time.GetTimestamp(), _time, CancellationToken.None);
        _health = new TargetHealth(new TargetKey("prv_1", "m"), new HealthOptions(), _time);
        _route = new Route { Snapshot = ConfigurationSnapshot.Empty, Model = model, Request = ChatRequest.Parse("""{"model":"m","messages":[{"role":"user","content":"hi"}]}"""u8.ToArray()), Deadline = _deadline, TenantId = "ten" };
    }

    public void Dispose() => _deadline.Dispose();

    [Fact]
    public void Run_ReaderDoesNotRead_LeavesTheRestWithTheProvider()
    {
        using var provider = new EndlessStream();
        _sink.Gate = new TaskCompletionSource<bool>();

        var running = RunAsync(provider);

        running.IsCompleted.ShouldBeFalse();
        provider.Given.ShouldBeInRange(1, Kilobytes64);
        _sink.Gate.SetResult(false);
    }

    [Fact]
    public async Task Run_ReaderIsSlow_IsNotHeldAgainstTheProvider()
    {
        using var provider = new EndlessStream();
        _sink.Gate = new TaskCompletionSource<bool>();
        var running = RunAsync(provider);
        var given = provider.Given;

        _time.Advance(TimeSpan.FromSeconds(120));
        running.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(180));

        (await running).ShouldNotBeNull().Message.ShouldContain("within the time that the call had");
        (provider.Given, _health.Status().ConsecutiveFailures).ShouldBe((given, 0));
    }

    [Fact]
    public async Task Run_ProviderFallsSilent_TellsTheReaderOfLifeAndThenOfTheEnd()
    {
        using var provider = new SilentStream();
        var running = RunAsync(provider);

        _time.Advance(TimeSpan.FromSeconds(15));
        await _sink.SignOfLifeAsync();
        running.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(25));

        (await running).ShouldNotBeNull().Error.ShouldBe(ErrorCode.Timeout);
        _health.Status().ConsecutiveFailures.ShouldBe(1);
    }

    [Fact]
    public async Task Run_ReaderOfAnAnswerThatOthersFollowIsSlow_EndsWithTheCall()
    {
        using var provider = new EndlessStream();
        using var flight = new Flight();
        _sink.Gate = new TaskCompletionSource<bool>();
        var running = RunAsync(provider, new LeadingSink(_sink, flight, CancellationToken.None));

        _time.Advance(TimeSpan.FromSeconds(300));

        (await running).ShouldNotBeNull().Message.ShouldContain("within the time that the call had");
        flight.HasLostLeader.ShouldBeFalse();
    }

    [Fact]
    public async Task Run_ReaderOfAnAnswerThatOthersFollowLeavesWhileItIsSlow_GoesOnForThem()
    {
        using var flight = new Flight();
        using var caller = new CancellationTokenSource();
        _sink.Gate = new TaskCompletionSource<bool>();
        flight.TryFollow().ShouldBeTrue();
        var sink = new LeadingSink(_sink, flight, caller.Token);
        (await sink.FlushAsync(_deadline.Token)).ShouldBeTrue();
        var flush = sink.FlushAsync(_deadline.Token);

        await caller.CancelAsync();

        (await flush, flight.HasLostLeader, _deadline.Token.IsCancellationRequested).ShouldBe((true, true, false));
    }

    [Fact]
    public async Task Run_ReaderDoesNotTakeTheSignOfLife_EndsWithTheCallAndIsNotHeldAgainstTheProvider()
    {
        using var provider = new SilentStream();
        _sink.Gate = new TaskCompletionSource<bool>();
        var running = RunAsync(provider);
        _time.Advance(TimeSpan.FromSeconds(15));
        await _sink.SignOfLifeAsync();

        provider.Finish();
        await CachedModel.UntilAsync(() => _deadline.Current == TimeSpan.FromSeconds(285));
        _time.Advance(TimeSpan.FromSeconds(120));
        running.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(165));

        (await running).ShouldNotBeNull().Message.ShouldContain("within the time that the call had");
        _health.Status().ConsecutiveFailures.ShouldBe(0);
    }

    private Task<StreamBreak?> RunAsync(Stream provider, IAnswerSink? sink = null)
    {
        var candidate = new Candidate(_route.Model, new Provider { Id = "prv_1", Name = "p", Kind = ProviderKind.Simulator }, _route.Model.Targets[0], "m");
        var answer = new RoutedAnswer(_route, new Attempt(candidate, _health.Enter()!, TimeSpan.Zero, null), new HttpResponseMessage()) { Events = new SseReader(provider) };
        return new EventPump(sink ?? _sink, _deadline, _time, CancellationToken.None).RunAsync(answer, _ => PumpStep.Go, () => false);
    }

    /// <summary>A reader that reads when the gate opens.</summary>
    private sealed class ReaderOfTheAnswer : IAnswerSink
    {
        private readonly TaskCompletionSource _sign = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private int _flushes;

        /// <summary>Waited at from the second flush on.</summary>
        public TaskCompletionSource<bool>? Gate { get; set; }

        public Task SignOfLifeAsync() => _sign.Task.WaitAsync(TestContext.Current.CancellationToken);

        public void Begin(in AnswerHead head)
        {
        }

        public void Write(ReadOnlySpan<byte> json)
        {
        }

        public void KeepAlive() => _sign.TrySetResult();

        public void End()
        {
        }

        public void Fail(RefusalException refusal)
        {
        }

        public async ValueTask<bool> FlushAsync(CancellationToken cancellation) => Gate is null || ++_flushes == 1 || await Gate.Task.WaitAsync(cancellation);
    }

    /// <summary>Always has more.</summary>
    private sealed class EndlessStream : MemoryStream
    {
        private static readonly byte[] Event = Encoding.UTF8.GetBytes(Sse.Delta("word "));

        public int Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = Math.Min(buffer.Length, Event.Length - (Given % Event.Length));
            Event.AsSpan(Given % Event.Length, count).CopyTo(buffer.Span);
            Given += count;
            return ValueTask.FromResult(count);
        }
    }

    /// <summary>Never has anything, unless it is told to end.</summary>
    private sealed class SilentStream : MemoryStream
    {
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Finish() => _end.SetResult();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _end.Task.WaitAsync(cancellationToken);
            return 0;
        }
    }
}
