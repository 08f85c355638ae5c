using Bunit;
using LlmConsole.Components.Console.Keys;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;

namespace LlmConsole.Tests.Components.Console;

public sealed class KeySecretTests : ConsoleContext
{
    [Fact]
    public async Task Create_NamedKey_ShowsTheSecretAndACommandThatHoldsIt()
    {
        var dialogs = await CreateAsync();

        var secret = dialogs.Find("#key-secret").TextContent;
        Snapshot.FindKey(KeyHash.Of(secret)).ShouldNotBeNull().TenantId.ShouldBe(DefaultTenant.Id);
        dialogs.Find("#key-snippet").TextContent.ShouldContain($"Bearer {secret}");
        dialogs.Find("#key-snippet").TextContent.ShouldContain("\"model\":\"simulator/echo\"");
    }

    [Fact]
    public async Task Languages_OfTheCommand_CallTheCurrentOriginWithTheNewKey()
    {
        var dialogs = await CreateAsync();
        var secret = dialogs.Find("#key-secret").TextContent;

        foreach (var language in new[] { "Python", "JavaScript", "C#", "curl" })
        {
            Button(dialogs, language).Click();
            dialogs.Find("#key-snippet").TextContent.ShouldContain("http://localhost/v1/chat/completions", customMessage: language);
            dialogs.Find("#key-snippet").TextContent.ShouldContain($"Bearer {secret}", customMessage: language);
        }
    }

    [Fact]
    public async Task Done_Uncopied_AsksAndThenCloses()
    {
        var dialogs = await CreateAsync();
        var secret = dialogs.Find("#key-secret").TextContent;

        Button(dialogs, "Done").Click();
        dialogs.Find("#key-secret").TextContent.ShouldBe(secret);
        Button(dialogs, "Close uncopied").Click();

        dialogs.WaitForAssertion(() => dialogs.FindAll("#key-secret").ShouldBeEmpty());
        dialogs.Markup.ShouldNotContain(secret);
    }

    [Fact]
    public async Task Escape_Uncopied_AsksToo()
    {
        var dialogs = await CreateAsync();

        dialogs.Find(".dialog-keys").KeyDown(new KeyboardEventArgs { Key = "Escape" });

        dialogs.Find("[role=alert]").TextContent.ShouldContain("isn't copied");
    }

    [Fact]
    public async Task Done_Copied_ClosesAtOnce()
    {
        var dialogs = await CreateAsync();

        Button(dialogs, "Copy key").Click();
        Button(dialogs, "Done").Click();

        dialogs.WaitForAssertion(() => dialogs.FindAll("#key-secret").ShouldBeEmpty());
    }

    [Fact]
    public void Create_WithoutName_SaysSoAndIssuesNothing()
    {
        var dialogs = Dialogs();
        _ = dialogs.InvokeAsync(() => Services.GetRequiredService<KeyActions>().CreateAsync(null));

        dialogs.Find("form").Submit();

        dialogs.WaitForAssertion(() => dialogs.Find(".error-text").TextContent.ShouldBe("A name is needed."));
        Snapshot.Keys.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("it's", """-d '{"model":"it\u0027s","stream":true,"messages":[{"role":"user","content":"Hello"}]}'""")]
    [InlineData("a\"b", """-d '{"model":"a\u0022b","stream":true,"messages":[{"role":"user","content":"Hello"}]}'""")]
    public void Chat_OddModelName_IsQuotedForShellAndJson(string model, string end) =>
        Snippet.Chat("http://localhost:5000/", "llmc_live_x", model).Curl.ShouldEndWith(end);

    private async Task<IRenderedComponent<MudDialogProvider>> CreateAsync()
    {
        var dialogs = Dialogs();
        _ = dialogs.InvokeAsync(() => Services.GetRequiredService<KeyActions>().CreateAsync(null));
        dialogs.Find("[name=name]").Change("Website");
        await dialogs.Find("form").SubmitAsync();
        dialogs.WaitForElement("#key-secret");
        return dialogs;
    }

    private static AngleSharp.Dom.IElement Button(IRenderedComponent<MudDialogProvider> dialogs, string text) =>
        dialogs.FindAll("button").Single(button => button.TextContent.Trim() == text);
}
