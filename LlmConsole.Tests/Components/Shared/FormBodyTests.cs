using Bunit;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using MudBlazor.Services;

namespace LlmConsole.Tests.Components.Shared;

public sealed class FormBodyTests : BunitContext
{
    private readonly TaskCompletionSource _saved = new();
    private readonly List<bool> _busy = [];
    private int _saves;

    public FormBodyTests() => JSInterop.Mode = JSRuntimeMode.Loose;

    [Fact]
    public async Task Submit_WhileSaving_DoesNothing()
    {
        var form = Show(async () =>
        {
            _saves++;
            await _saved.Task;
        });

        var first = form.Find("form").SubmitAsync();
        await form.Find("form").SubmitAsync();
        _saves.ShouldBe(1);
        _busy.ShouldBe([true]);

        _saved.SetResult();
        await first;
        _busy.ShouldBe([true, false]);
    }

    [Fact]
    public async Task Submit_AfterARefusal_TriesAgain()
    {
        var form = Show(() => ++_saves == 1 ? throw new ConfigurationInvalidException([new Problem("name", "The name is taken.")]) : Task.CompletedTask);

        await form.Find("form").SubmitAsync();
        form.Find("[role=alert]").TextContent.ShouldContain("The name is taken.");
        await form.Find("form").SubmitAsync();

        _saves.ShouldBe(2);
        form.FindAll("[role=alert]").ShouldBeEmpty();
    }

    [Fact]
    public async Task Dialog_WhileSaving_DisablesItsButton()
    {
        Services.AddMudServices();
        var dialogs = Render<MudDialogProvider>();
        await dialogs.InvokeAsync(() => Services.GetRequiredService<IDialogService>().ShowAsync<Saving>("Save", new DialogParameters<Saving> { { dialog => dialog.Saved, _saved.Task } }));
        var button = dialogs.WaitForElement("[type=submit]");
        button.HasAttribute("disabled").ShouldBeFalse();

        var submitted = dialogs.Find("form").SubmitAsync();
        dialogs.WaitForAssertion(() => dialogs.Find("[type=submit]").HasAttribute("disabled").ShouldBeTrue());

        _saved.SetResult();
        await submitted;
        dialogs.WaitForAssertion(() => dialogs.Find("[type=submit]").HasAttribute("disabled").ShouldBeFalse());
    }

    private IRenderedComponent<FormBody> Show(Func<Task> save) => Render<FormBody>(parameters => parameters
        .Add(form => form.Id, "form").Add(form => form.OnSubmit, save).Add(form => form.BusyChanged, EventCallback.Factory.Create<bool>(this, _busy.Add)).Add(form => form.ChildContent, "<button>Save</button>"));

    /// <summary>A dialog whose saving takes as long as the test wants.</summary>
    private sealed class Saving : ComponentBase
    {
        [Parameter]
        public Task Saved { get; set; } = Task.CompletedTask;

        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            builder.OpenComponent<FormDialog>(0);
            builder.AddComponentParameter(1, nameof(FormDialog.SubmitLabel), "Save");
            builder.AddComponentParameter(2, nameof(FormDialog.OnSubmit), (Func<Task>)(() => Saved));
            builder.AddComponentParameter(3, nameof(FormDialog.ChildContent), (RenderFragment)(content => content.AddContent(0, "A field")));
            builder.CloseComponent();
        }
    }
}
