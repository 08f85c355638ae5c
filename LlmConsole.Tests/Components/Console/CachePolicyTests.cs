using Bunit;
using LlmConsole.Components.Console.Cache;
using LlmConsole.Components.Console.Tenants;
using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Core.Configuration;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;

namespace LlmConsole.Tests.Components.Console;

public sealed class CachePolicyTests : ConsoleContext
{
    [Fact]
    public async Task Submit_OverrideOfTenant_SavesItsPolicy()
    {
        var dialogs = await OpenPolicyAsync();
        dialogs.Find("[name=asTier]").Change(false);
        dialogs.Find("[name=cacheExact]").Change(true);
        dialogs.Find("[name='cache.exact.ttlSeconds']").Input("7200");
        dialogs.Find("[name=cacheShadow]").Change(true);
        dialogs.Find("[name='cache.semantic.threshold']").Input("0.87");
        dialogs.Find(".sentence").TextContent.ShouldContain("The same request gets the same answer for 2 hours, shared within the tenant. Shadow: alike messages are looked up from 0.87 on and never served.");

        dialogs.Find("form").Submit();

        dialogs.WaitForAssertion(() => dialogs.FindAll("form").ShouldBeEmpty());
        var policy = DefaultTenant.Cache.ShouldNotBeNull();
        (policy.Exact.Enabled, policy.Exact.TtlSeconds, policy.Semantic.Shadow, policy.Semantic.Threshold).ShouldBe((true, 7200, true, 0.87));
    }

    [Theory]
    [InlineData("0.4", "Must be between 0.5 and 1: below, almost anything is alike.")]
    [InlineData("much", "Enter a number between 0.5 and 1, such as 0.8.")]
    public async Task Submit_BadThreshold_SaysSoAtTheField(string text, string message)
    {
        var dialogs = await OpenPolicyAsync();
        dialogs.Find("[name=asTier]").Change(false);
        dialogs.Find("[name='cache.semantic.threshold']").Input(text);

        dialogs.Find("form").Submit();

        dialogs.WaitForAssertion(() => dialogs.Find(".error-text").TextContent.ShouldBe(message));
        DefaultTenant.Cache.ShouldBeNull();
    }

    [Fact]
    public async Task Purge_Tenant_NeedsItsNameTyped()
    {
        var dialogs = Dialogs();
        await OpenAsync(dialogs, new DialogParameters<PurgeDialog>());
        dialogs.WaitForElement("[name=purge]").Change($"tenant:{DefaultTenant.Id}");
        dialogs.Find("[name=typedName]").Input("everything");
        dialogs.Find("button[type=submit]").HasAttribute("disabled").ShouldBeTrue();

        dialogs.Find("[name=typedName]").Input(DefaultTenant.Name);
        dialogs.Find("form").Submit();

        dialogs.WaitForAssertion(() => dialogs.FindAll("form").ShouldBeEmpty());
        (await AuditAsync()).ShouldContain(entry => entry.ObjectName == DefaultTenant.Name && entry.ObjectId == CacheGeneration.OfTenant(DefaultTenant.Id));
    }

    [Theory]
    [InlineData("r", true)]
    [InlineData("ArrowRight", true)]
    [InlineData("w", false)]
    [InlineData("ArrowLeft", false)]
    public void Key_OnPairs_LabelsTheChosenAndMovesOn(string key, bool expected)
    {
        var told = new List<(string, bool?)>();
        var list = Render<PairList>(parameters => parameters.Add(list => list.Pairs, [Pair("one"), Pair("two")]).Add(list => list.Threshold, 0.8).Add(list => list.MayLabel, true).Add(list => list.OnLabel, told.Add));

        list.Find(".pair-list").KeyDown(key);
        list.Find(".pair-list").KeyDown(key);

        told.ShouldBe([("one", expected), ("two", expected)]);
    }

    private static SweepPair Pair(string id) => new() { Id = id, Prompt = "a", NearPrompt = "b", Similarity = 0.8 };

    private async Task<IRenderedComponent<MudDialogProvider>> OpenPolicyAsync()
    {
        var dialogs = Dialogs();
        await OpenAsync(dialogs, new DialogParameters<TenantCacheDialog> { { dialog => dialog.Tenant, DefaultTenant } });
        return dialogs;
    }
}
