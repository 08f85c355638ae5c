using LlmConsole.Core.Metering;

namespace LlmConsole.Tests.Metering;

public sealed class BooksThreadTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_TakesOneThreadForAll_OutsideThePool()
    {
        using var books = new BooksThread();
        var threads = new List<Thread>();
        for (var i = 0; i < 3; i++) await books.RunAsync(Write).WaitAsync(Cancellation);

        threads.Count.ShouldBe(3);
        threads.Distinct().ShouldHaveSingleItem().IsThreadPoolThread.ShouldBeFalse();

        Task Write()
        {
            threads.Add(Thread.CurrentThread);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task RunAsync_OfWhatFails_SaysSo_AndTheNextRuns()
    {
        using var books = new BooksThread();

        (await Should.ThrowAsync<InvalidOperationException>(() => books.RunAsync(() => throw new InvalidOperationException("at once")))).Message.ShouldBe("at once");
        (await Should.ThrowAsync<InvalidOperationException>(() => books.RunAsync(() => Task.FromException(new InvalidOperationException("later"))))).Message.ShouldBe("later");
        await books.RunAsync(() => Task.CompletedTask).WaitAsync(Cancellation);
    }

    [Fact]
    public async Task Dispose_WhileItWrites_EndsTheThreadWhenThatIsDone()
    {
        var books = new BooksThread();
        using var release = new SemaphoreSlim(0);
        var begun = new TaskCompletionSource<Thread>();
        var writing = books.RunAsync(() =>
        {
            begun.SetResult(Thread.CurrentThread);
            release.Wait(Cancellation);
            return Task.CompletedTask;
        });
        var thread = await begun.Task.WaitAsync(Cancellation);

        books.Dispose();
        release.Release();
        await writing.WaitAsync(Cancellation);
        thread.Join(TimeSpan.FromSeconds(30)).ShouldBeTrue();
    }
}
