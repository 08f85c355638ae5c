using LlmConsole.Hosting;

namespace LlmConsole.Tests.Hosting;

/// <summary>Memory is collected once after the start and after a burst, when it has become quiet.</summary>
public sealed class QuietCollectionTests
{
    private const long Megabyte = 1024 * 1024;

    [Fact]
    public void IsDue_AfterTheStartAndAfterABurst_IsOnceAndWhenItIsQuiet()
    {
        using var collection = new QuietCollection(TimeProvider.System);

        Looks(collection, 20, 21, 300, 600, 603, 606, 690, 700, 701, 702).ShouldBe([20, 603, 701]);
    }

    [Fact]
    public void IsDue_LittleWasAllocated_IsNot()
    {
        using var collection = new QuietCollection(TimeProvider.System);

        Looks(collection, 3, 5, 7, 9, 11, 13, 15).ShouldBeEmpty();
    }

    private static List<int> Looks(QuietCollection collection, params int[] megabytes) => [.. megabytes.Where(allocated => collection.IsDue(allocated * Megabyte))];
}
