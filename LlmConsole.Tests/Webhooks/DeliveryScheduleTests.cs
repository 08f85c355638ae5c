using LlmConsole.Core.Webhooks;

namespace LlmConsole.Tests.Webhooks;

public sealed class DeliveryScheduleTests
{
    [Fact]
    public void After_EachFailure_IsTheStandardsSchedule() =>
        Enumerable.Range(1, 10).Select(tries => DeliverySchedule.After(tries, 0, null)?.TotalSeconds)
            .ShouldBe([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400, null]);

    [Fact]
    public void After_Jitter_AddsAtMostATenth() => DeliverySchedule.After(2, 1, null).ShouldBe(TimeSpan.FromSeconds(330));

    [Theory]
    [InlineData(60, 60)]
    [InlineData(2, 5)]
    [InlineData(900_000, 86_400)]
    public void After_AWishOfTheReceiver_IsHonouredWithinBounds(int wish, int seconds) =>
        DeliverySchedule.After(1, 0, TimeSpan.FromSeconds(wish)).ShouldBe(TimeSpan.FromSeconds(seconds));
}
