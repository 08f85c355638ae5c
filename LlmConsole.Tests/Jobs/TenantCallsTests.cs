using LlmConsole.Core.Jobs;

namespace LlmConsole.Tests.Jobs;

public sealed class TenantCallsTests
{
    private readonly TenantCalls _calls = new();

    [Fact]
    public async Task Enter_JobsOfDifferentShares_CountTogether()
    {
        using var first = await EnterAsync(4);
        using var second = await EnterAsync(4);
        var narrow = EnterAsync(2);
        narrow.IsCompleted.ShouldBeFalse();

        // Those that may have more aren't held up by one that may not.
        using var third = await EnterAsync(4);
        third.Dispose();
        narrow.IsCompleted.ShouldBeFalse();
        second.Dispose();

        (await narrow).Dispose();
    }

    [Fact]
    public async Task Enter_ShareWasChanged_GoesByTheNewOne()
    {
        var most = 1;
        var first = await _calls.EnterAsync(() => most, TestContext.Current.CancellationToken);
        var second = _calls.EnterAsync(() => most, TestContext.Current.CancellationToken);
        var third = _calls.EnterAsync(() => most, TestContext.Current.CancellationToken);

        most = 2;
        first.Dispose();

        (await second).Dispose();
        (await third).Dispose();
        most = 0;
        var fourth = _calls.EnterAsync(() => most, TestContext.Current.CancellationToken);
        fourth.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Enter_SeveralWait_FirstComeFirstServed()
    {
        var first = await EnterAsync(1);
        Task<TenantCalls.Place>[] waiting = [EnterAsync(1), EnterAsync(1)];

        first.Dispose();
        var second = await waiting[0];
        waiting[1].IsCompleted.ShouldBeFalse();
        second.Dispose();

        (await waiting[1]).Dispose();
    }

    [Fact]
    public async Task Enter_CancelledWhileItWaits_TakesNoPlace()
    {
        using var cancelled = new CancellationTokenSource();
        var first = await EnterAsync(1);
        var waiting = _calls.EnterAsync(() => 1, cancelled.Token);

        await cancelled.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(waiting);
        first.Dispose();

        (await EnterAsync(1)).Dispose();
    }

    private Task<TenantCalls.Place> EnterAsync(int most) => _calls.EnterAsync(() => most, TestContext.Current.CancellationToken);
}
