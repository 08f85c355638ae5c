using Bunit;
using LlmConsole.Components.Shared;
using MudBlazor;

namespace LlmConsole.Tests.Components.Console;

public sealed class DeleteDialogTests : ConsoleContext
{
    [Fact]
    public async Task Submit_OnlyWithTheTypedName_Deletes()
    {
        var (dialogs, deleted) = (Dialogs(), 0);
        await OpenAsync(dialogs, new DialogParameters<DeleteDialog>
        {
            { dialog => dialog.Name, "Acme" },
            { dialog => dialog.Consequence, "It will be gone." },
            { dialog => dialog.Delete, () => { deleted++; return Task.CompletedTask; } },
        });

        dialogs.Find("[name=typedName]").Input("Acm");
        dialogs.Find("form").Submit();
        deleted.ShouldBe(0);
        dialogs.Find("[name=typedName]").Input("Acme");
        dialogs.Find("form").Submit();

        dialogs.WaitForAssertion(() => deleted.ShouldBe(1));
    }
}
