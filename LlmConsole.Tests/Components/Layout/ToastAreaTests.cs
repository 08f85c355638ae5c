using Bunit;
using LlmConsole.Components.Layout;
using LlmConsole.Components.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Components.Layout;

public sealed class ToastAreaTests : BunitContext
{
    private readonly FakeTimeProvider _time = new();
    private readonly Toasts _toasts = new();

    public ToastAreaTests() => Services.AddSingleton<TimeProvider>(_time).AddSingleton(_toasts);

    [Fact]
    public void Say_WhatWasDone_IsReadPolitelyAndGoesByItself()
    {
        var area = Render<ToastArea>();
        area.Find("[role=status]").TextContent.ShouldBeEmpty();

        _toasts.Say("fast is saved.");

        area.WaitForAssertion(() => area.Find("[role=status]").TextContent.ShouldContain("fast is saved."));
        area.Find("[role=alert]").TextContent.ShouldBeEmpty();
        area.FindAll("[role=status] [role=alert]").ShouldBeEmpty();

        _time.Advance(TimeSpan.FromSeconds(8));
        area.WaitForAssertion(() => area.FindAll(".toast").ShouldBeEmpty());
    }

    [Fact]
    public void Refuse_Always_IsReadAtOnceAndStaysUntilItIsClosed()
    {
        var area = Render<ToastArea>();

        _toasts.Refuse("The last target can't be drained.");

        area.WaitForAssertion(() => area.Find("[role=alert]").TextContent.ShouldContain("The last target can't be drained."));
        _time.Advance(TimeSpan.FromMinutes(1));
        area.FindAll(".toast").ShouldHaveSingleItem();
        area.Find("[aria-label='Close the message']").Click();
        area.FindAll(".toast").ShouldBeEmpty();
    }

    [Fact]
    public void Undo_UnderThePointer_WaitsForIt()
    {
        var undone = 0;
        var area = Render<ToastArea>();
        _toasts.Say("echo is drained.", () => Task.FromResult(undone++));
        area.WaitForElement(".toast").MouseEnter();

        _time.Advance(TimeSpan.FromMinutes(1));
        area.Find(".toast .button").Click();

        undone.ShouldBe(1);
        area.FindAll(".toast").ShouldBeEmpty();
    }
}
