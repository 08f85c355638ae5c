using System.Globalization;
using LlmConsole.Hosting;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Hosting;

public sealed class BatchSchedulingTests
{
    private static bool HasTurns => Environment.OSVersion.Version >= new Version(6, 12);

    [Fact]
    public void IsBusy_MuchOfTheTime_AndThenUntilThereIsMoreToSpare()
    {
        using var scheduling = new BatchScheduling(Settings.Read(new ConfigurationBuilder().Build()), new FakeTimeProvider());
        double[] shares = [0.1, 0.35, 0.4, 0.35, 0.3, 0.25, 0.35, 1];

        shares.Select(scheduling.IsBusy).ShouldBe([false, false, true, true, true, false, false, true]);
    }

    [Theory]
    [InlineData(BatchScheduling.Worker, ThreadScheduling.Batch, true)]
    [InlineData(BatchScheduling.Engine, ThreadScheduling.Other, true)]
    [InlineData("Other", ThreadScheduling.Other, false)]
    public void Schedule_PutsAllUnderOnePolicyWhileBusy_AndEachUnderItsOwnOtherwise(string name, int policy, bool isShort)
    {
        Needs.Linux();
        var asked = new SemaphoreSlim(0);
        var answered = new SemaphoreSlim(0);
        var scheduling = default(ThreadScheduling);
        var thread = new Thread(() =>
        {
            for (var i = 0; i < 2; i++)
            {
                asked.Wait();
                scheduling = ThreadScheduling.Of(0)!.Value;
                answered.Release();
            }
        })
        { Name = name, IsBackground = true };
        thread.Start();

        BatchScheduling.Schedule(isBusy: true, []);
        var busy = Ask();
        BatchScheduling.Schedule(isBusy: false, []);
        var calm = Ask();
        Restore();

        (busy.Policy, calm.Policy).ShouldBe((ThreadScheduling.Batch, policy));
        if (HasTurns) (calm.Turn < busy.Turn).ShouldBe(isShort);

        ThreadScheduling Ask()
        {
            asked.Release();
            answered.Wait(TestContext.Current.CancellationToken);
            return scheduling;
        }
    }

    /// <summary>All that tests start hereafter would be scheduled as the thread that starts it.</summary>
    private static void Restore()
    {
        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task")) ThreadScheduling.Change(int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), new ThreadScheduling(ThreadScheduling.Other, Turn: 0));
    }
}
