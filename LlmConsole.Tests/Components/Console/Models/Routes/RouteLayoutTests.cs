using LlmConsole.Components.Console.Models.Routes;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Tests.Components.Console.Models.Routes;

public sealed class RouteLayoutTests
{
    [Fact]
    public void Columns_OfGroupsAndFallbacks_StandInTheOrderThatTheyAreAsked()
    {
        var layout = RouteLayout.Of([Target(group: 2), Target(group: 0), Target(group: 2)], ["a", "b", "c"]);

        layout.Columns.Select(column => column.Nodes.Select(node => node.Item)).ShouldBe([[1], [0, 2], [0, 1, 2]]);
        layout.Columns.Select(column => column.IsFallbacks).ShouldBe([false, false, true]);
        layout.Columns.Select(column => column.Left).ShouldBeInOrder(SortDirection.Ascending);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 10)]
    [InlineData(50, 1)]
    public void Parts_OfAnyRoute_LieInsideTheDrawingAndApart(int targets, int fallbacks)
    {
        var layout = RouteLayout.Of([.. Enumerable.Range(0, targets).Select(i => Target(group: i / 7))], [.. Enumerable.Range(0, fallbacks).Select(i => $"m{i}")]);

        layout.EntryTop.ShouldBeGreaterThanOrEqualTo(0);
        foreach (var column in layout.Columns)
        {
            (column.Top >= RouteLayout.Head && column.Top + column.Height <= layout.Height && column.Left + column.Width <= layout.Width).ShouldBeTrue();
            column.Nodes.ShouldAllBe(node => node.Top >= column.Top && node.Top + node.Height <= column.Top + column.Height && node.Left >= column.Left && node.Left + RouteLayout.NodeWidth <= column.Left + column.Width);
            column.Nodes.Zip(column.Nodes.Skip(1)).ShouldAllBe(pair => pair.First.Top + pair.First.Height < pair.Second.Top);
        }

        layout.Columns.Zip(layout.Columns.Skip(1)).ShouldAllBe(pair => pair.First.Left + pair.First.Width < pair.Second.Left);
    }

    [Fact]
    public void Lines_OfTheFirstGroup_AreAsThickAsTheirShare()
    {
        var layout = RouteLayout.Of([Target(share: 0.75), Target(share: 0.25), Target(share: null), Target(group: 1)], ["a"]);

        layout.Lines.Count.ShouldBe(5);
        layout.Lines[0].Width.ShouldBeGreaterThan(layout.Lines[1].Width);
        layout.Lines.Select(line => line.IsUnused).ShouldBe([false, false, true, false, false]);
        layout.Lines.Select(line => line.IsOnTrouble).ShouldBe([false, false, false, true, true]);
    }

    private static RouteTarget Target(int group = 0, double? share = 1) => new(new ModelTarget("prv_1", "m") { Group = group, Drained = share is null }, "Vendor", share, null);
}
