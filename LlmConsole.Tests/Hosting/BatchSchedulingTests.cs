using LlmConsole.Hosting;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Hosting;

public sealed class BatchSchedulingTests
{
    [Fact]
    public void IsBusy_MuchOfTheTime_AndThenUntilThereIsMoreToSpare()
    {
        using var scheduling = new BatchScheduling(Settings.Read(new ConfigurationBuilder().Build()), new FakeTimeProvider());
        double[] shares = [0.1, 0.35, 0.4, 0.35, 0.3, 0.25, 0.35, 1];

        shares.Select(scheduling.IsBusy).ShouldBe([false, false, true, true, true, false, false, true]);
    }

    [Fact]
    public void Change_HoldsForThreadsThatRun_AndGoesBack()
    {
        Needs.Linux();
        using var asked = new SemaphoreSlim(0);
        using var answered = new SemaphoreSlim(0);
        var policy = -1;
        var other = new Thread(() =>
        {
            for (var i = 0; i < 2; i++)
            {
                asked.Wait();
                policy = BatchScheduling.PolicyOf(0);
                answered.Release();
            }
        });
        other.Start();

        BatchScheduling.Change(BatchScheduling.Other, BatchScheduling.Batch);
        Ask().ShouldBe(BatchScheduling.Batch);
        BatchScheduling.Change(BatchScheduling.Batch, BatchScheduling.Other);
        Ask().ShouldBe(BatchScheduling.Other);
        other.Join();

        int Ask()
        {
            asked.Release();
            answered.Wait(TestContext.Current.CancellationToken);
            return policy;
        }
    }
}
