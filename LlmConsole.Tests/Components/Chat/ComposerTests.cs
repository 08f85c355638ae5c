using Bunit;
using LlmConsole.Components.Chat;
using Microsoft.AspNetCore.Components;

namespace LlmConsole.Tests.Components.Chat;

public sealed class ComposerTests : BunitContext
{
    private readonly List<string> _sent = [];
    private string[] _models = ["a", "b"];
    private bool _accepts = true;

    public ComposerTests() => SetRendererInfo(new RendererInfo("Server", isInteractive: true));

    [Fact]
    public void Submit_Text_SendsItTrimmedAndEmptiesTheBox()
    {
        var composer = Compose();

        composer.Find("textarea").Change("  Hello\nthere ");
        composer.Find("form").Submit();

        _sent.ShouldBe(["Hello\nthere"]);
        composer.Find("textarea").GetAttribute("value").ShouldBeNullOrEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n\t")]
    public void Submit_Nothing_SendsNothing(string text)
    {
        var composer = Compose();

        composer.Find("textarea").Change(text);
        composer.Find("form").Submit();

        _sent.ShouldBeEmpty();
    }

    [Fact]
    public void Submit_NotTaken_KeepsTheText()
    {
        _accepts = false;
        var composer = Compose();

        composer.Find("textarea").Change("Hello");
        composer.Find("form").Submit();

        composer.Find("textarea").GetAttribute("value").ShouldBe("Hello");
    }

    [Fact]
    public void WhileAnswering_StopReplacesSend()
    {
        var stopped = 0;
        var composer = Compose(parameters => parameters.Add(p => p.IsAnswering, true).Add(p => p.OnStop, () => stopped++));

        composer.FindAll("button[type=submit]").ShouldBeEmpty();
        composer.Find("[data-stop]").Click();
        composer.Find("textarea").Change("Hello");
        composer.Find("form").Submit();

        stopped.ShouldBe(1);
        _sent.ShouldBeEmpty();
    }

    [Fact]
    public void Select_Model_TellsThePage()
    {
        string? chosen = null;
        var composer = Compose(parameters => parameters.Add(p => p.ModelChanged, (string? model) => chosen = model));

        composer.FindAll("option").Select(option => option.TextContent).ShouldBe(["a", "b"]);
        composer.Find("select").Change("b");

        chosen.ShouldBe("b");
    }

    [Fact]
    public void WithoutModels_IsClosed()
    {
        _models = [];
        var composer = Compose();

        composer.Find("textarea").HasAttribute("disabled").ShouldBeTrue();
        composer.Find("button[type=submit]").HasAttribute("disabled").ShouldBeTrue();
    }

    [Fact]
    public void BeforeTheCircuit_TheBoxIsReadOnly()
    {
        SetRendererInfo(new RendererInfo("Static", isInteractive: false));

        Compose().Find("textarea").HasAttribute("readonly").ShouldBeTrue();
    }

    private IRenderedComponent<Composer> Compose(Action<ComponentParameterCollectionBuilder<Composer>>? more = null) => Render<Composer>(parameters =>
    {
        parameters.Add(p => p.Models, _models).Add(p => p.Model, "a").Add(p => p.OnSend, text =>
        {
            if (_accepts) _sent.Add(text);
            return Task.FromResult(_accepts);
        });
        more?.Invoke(parameters);
    });
}
