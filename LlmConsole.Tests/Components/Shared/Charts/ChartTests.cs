using System.Globalization;
using Bunit;
using LlmConsole.Components.Shared.Charts;

namespace LlmConsole.Tests.Components.Shared.Charts;

public sealed class ChartTests : BunitContext
{
    private static readonly DateTimeOffset From = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private (DateTimeOffset From, DateTimeOffset To)? _zoomed;
    private ChartPoint? _opened;

    public ChartTests() => JSInterop.Mode = JSRuntimeMode.Loose;

    [Fact]
    public void Legend_Pressed_HidesItsLineAndRescales()
    {
        var chart = Show();
        chart.FindAll(".chart-line").Count.ShouldBe(2);

        chart.FindAll(".legend")[1].Click();

        chart.FindAll(".chart-line").ShouldHaveSingleItem();
        chart.FindAll(".legend")[1].GetAttribute("aria-pressed").ShouldBe("false");
        chart.Find(".chart-scale").TextContent.ShouldNotContain("100");
    }

    [Fact]
    public void Table_Shown_GivesTheSameNumbers()
    {
        var chart = Show();

        chart.Find(".icon-button").Click();

        chart.FindAll("tbody tr").Select(row => string.Join(' ', row.QuerySelectorAll("td").Select(cell => cell.TextContent))).ShouldBe(["12:00:02 3 –", "12:00:01 2 50", "12:00:00 1 100"]);
    }

    /// <summary>It would look like a fall; its numbers are those of the books all the same.</summary>
    [Fact]
    public void StepUnderWay_IsDrawnApartAndSaidToBeSoFar()
    {
        var chart = Show(2, From.AddSeconds(2.5));

        chart.FindAll(".chart-so-far").ShouldHaveSingleItem().GetAttribute("d").ShouldStartWith("M500 ");
        chart.FindAll(".legend strong").Select(value => value.TextContent).ShouldBe(["3 so far", "–"]);
        chart.Find(".chart-plot").GetAttribute("aria-label").ShouldBe("Traffic, 12:00:00 to 12:00:03. calls: now 2, at most 3. slow: now 50, at most 100.");
        chart.Find(".icon-button").Click();
        chart.Find("tbody tr").TextContent.ShouldBe("12:00:02 so far3–");
    }

    [Fact]
    public void Plot_Always_HasANameThatSaysWhatItShows() =>
        Show().Find(".chart-plot").GetAttribute("aria-label").ShouldBe("Traffic, 12:00:00 to 12:00:03. calls: now 3, at most 3. slow: now 50, at most 100.");

    [Fact]
    public void Marks_WithinTheTime_AreLinesWordsAndRows()
    {
        var chart = Show(null, Mark(-1, "Before"), Mark(1.2, "Alert: Slow"), Mark(1.2, "Alert: Down"), Mark(1.2, "Tier changed", MarkKind.Change), Mark(2, "Resolved: Slow", MarkKind.End));

        chart.FindAll(".chart-mark").Select(line => (line.GetAttribute("x1"), line.ClassName)).ShouldBe([("1000", "chart-mark chart-mark-end"), ("600", "chart-mark chart-mark-change"), ("600", "chart-mark chart-mark-trouble")]);
        chart.Find(".chart-plot").GetAttribute("aria-label")!.ShouldEndWith("12:00:02 Resolved: Slow 12:00:01 Alert: Down 12:00:01 Alert: Slow And 1 earlier marks.");
        chart.Find(".icon-button").Click();
        chart.FindAll("tbody tr").Select(row => row.FirstElementChild!.NextElementSibling!.TextContent).ShouldBe(["Resolved: Slow", "3", "Alert: Down", "Alert: Slow", "Tier changed", "2", "1"]);
    }

    [Fact]
    public void Marks_AtTheCursor_AreSaidBesideIt()
    {
        var marks = Enumerable.Range(0, 5).Select(i => Mark(1 + (i / 100.0), $"Alert {i}")).ToArray();

        Show(0, marks).FindAll(".chart-notes").ShouldBeEmpty();
        Show(1, marks).FindAll(".chart-notes li").Select(note => note.TextContent).ShouldBe(["12:00:01 Alert 4", "12:00:01 Alert 3", "12:00:01 Alert 2", "and 2 more"]);
        Show(1, marks).Find(".chart-plot").GetAttribute("aria-label")!.ShouldEndWith("Alert 2 And 2 earlier marks.");
    }

    [Fact]
    public async Task Selection_InEitherDirection_ZoomsToWholeSteps()
    {
        var chart = Show();

        await chart.InvokeAsync(() => chart.Instance.ZoomAsync(1, .5));

        _zoomed.ShouldBe((From.AddSeconds(1), From.AddSeconds(3)));
    }

    [Theory]
    [InlineData(.9, "slow")]
    [InlineData(.05, "calls")]
    [InlineData(null, null)]
    public async Task Point_Clicked_IsItsStepAndTheLineNearestToIt(double? height, string? series)
    {
        var chart = Show();

        await chart.InvokeAsync(() => chart.Instance.OpenAsync(0, height));

        _opened.ShouldBe(new ChartPoint(From, From.AddSeconds(1), series));
    }

    [Theory]
    [InlineData("America/New_York", "2026-03-08T05:00:00Z", 23, "00:00", "23:00")]
    [InlineData("America/New_York", "2026-11-01T04:00:00Z", 25, "00:00", "23:00")]
    [InlineData("Asia/Kolkata", "2026-11-01T18:30:00Z", 24, "00:00", "23:00")]
    public void Table_OfADay_HasTheHoursThatItHasInItsZone(string zone, string from, int hours, string first, string last)
    {
        var time = new ChartTime(DateTimeOffset.Parse(from, CultureInfo.InvariantCulture), TimeSpan.FromHours(1), hours);
        var chart = Render<Chart>(parameters => parameters
            .Add(chart => chart.Title, "Traffic").Add(chart => chart.Time, time).Add(chart => chart.Zone, TimeZoneInfo.FindSystemTimeZoneById(zone))
            .Add(chart => chart.Series, [new ChartSeries("calls", [.. Enumerable.Repeat((double?)1, hours)])]).Add(chart => chart.Format, value => $"{value}"));

        chart.Find(".icon-button").Click();

        var times = chart.FindAll("tbody td:first-child").Select(cell => cell.TextContent).Reverse().ToList();
        times.Count.ShouldBe(hours);
        times.ShouldBeUnique();
        (times[0], times[^1]).ShouldBe((first, last));
    }

    private static ChartMark Mark(double second, string text, MarkKind kind = MarkKind.Trouble) => new(From.AddSeconds(second), text, kind);

    private IRenderedComponent<Chart> Show(int? cursor = null, params ChartMark[] marks) => Show(cursor, null, marks);

    private IRenderedComponent<Chart> Show(int? cursor, DateTimeOffset? now, params ChartMark[] marks) => Render<Chart>(parameters => parameters
        .Add(chart => chart.Cursor, cursor)
        .Add(chart => chart.Marks, marks)
        .Add(chart => chart.Title, "Traffic")
        .Add(chart => chart.Time, new ChartTime(From, TimeSpan.FromSeconds(1), 3, now))
        .Add(chart => chart.Series, [new ChartSeries("calls", [1, 2, 3]), new ChartSeries("slow", [100, 50, null], SeriesLook.Dashed)])
        .Add(chart => chart.Format, value => $"{value}")
        .Add(chart => chart.OnZoom, stretch => _zoomed = stretch)
        .Add(chart => chart.OnOpen, point => _opened = point));
}
