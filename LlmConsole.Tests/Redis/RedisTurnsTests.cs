using LlmConsole.Core.Redis;

namespace LlmConsole.Tests.Redis;

public sealed class RedisTurnsTests
{
    [Fact]
    public void Add_WhileAMessageIsUnderWay_GathersForTheNext_InOrderAndNoMoreThanOneTakes()
    {
        var sent = new List<int[]>();
        var underWay = new Queue<TaskCompletionSource>();
        var turns = new RedisTurns<int>(most: 3, () => false, steps =>
        {
            sent.Add([.. steps]);
            underWay.Enqueue(new TaskCompletionSource());
            return underWay.Last().Task;
        });

        for (var step = 1; step <= 6; step++) turns.Add(step);
        sent.ShouldBe([[1]]);
        underWay.Dequeue().SetResult();
        underWay.Dequeue().SetResult();
        sent.ShouldBe([[1], [2, 3, 4], [5, 6]]);
        underWay.Dequeue().SetResult();
        sent.Count.ShouldBe(3);

        turns.Add(7);
        sent[^1].ShouldBe([7]);
    }
}
