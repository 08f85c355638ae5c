using LlmConsole.Hosting;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.Configuration;

namespace LlmConsole.Tests.Hosting;

public sealed class BatchSchedulingTests
{
    private const int Other = 0;
    private const int Batch = 3;

    [Theory]
    [InlineData("true", Batch)]
    [InlineData("false", Other)]
    public void Apply_HoldsForTheThreadAndThoseThatItStarts_UnlessItIsTurnedOff(string setting, int policy)
    {
        Needs.Linux();
        var settings = Settings.Read(new ConfigurationBuilder().AddInMemoryCollection([new("Hosting:BatchScheduling", setting)]).Build());
        var (own, later) = (-1, -1);

        // The test's own thread goes on as it is.
        Run(() =>
        {
            BatchScheduling.Apply(settings);
            own = BatchScheduling.Policy(0);
            Run(() => later = BatchScheduling.Policy(0));
        });

        (own, later).ShouldBe((policy, policy));
    }

    private static void Run(ThreadStart work)
    {
        var thread = new Thread(work);
        thread.Start();
        thread.Join();
    }
}
