using Bunit;
using LlmConsole.Components.Console.Keys;
using LlmConsole.Components.Console.Tenants;
using LlmConsole.Components.Console.Tiers;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using MudBlazor;

namespace LlmConsole.Tests.Components.Console;

public sealed class BudgetEditingTests : ConsoleContext
{
    private Tier DefaultTier => Snapshot.Tiers[DefaultTenant.TierId];

    [Fact]
    public async Task Tier_WithBudgets_SavesThemAndSaysWhatTheyDo()
    {
        var dialogs = Dialogs();
        await OpenAsync(dialogs, new DialogParameters<TierDialog>());
        dialogs.Find("[name=name]").Change("Gold");

        dialogs.Find(".quota-add").Click();
        dialogs.Find("[name='quotas[0].limit']").Input("50");
        dialogs.Find(".quota-add").Click();
        dialogs.Find("[name='quotas[1].unit']").Change(nameof(QuotaUnit.Requests));
        dialogs.Find("[name='quotas[1].period']").Change(nameof(QuotaPeriod.Day));
        dialogs.Find("[name='quotas[1].limit']").Input("1,000");
        dialogs.Find("[name='quotas[1].timeZone']").Change("Europe/Berlin");
        dialogs.Find("[name='quotas[1].hard']").Change("soft");

        dialogs.Find(".sentence").TextContent.ShouldContain("4,096 output tokens a call and $50.00 a month; beyond 1,000 requests a day in Europe/Berlin only an alert; every model may be called.");
        dialogs.Find("form").Submit();
        dialogs.WaitForAssertion(() => dialogs.FindAll("form").ShouldBeEmpty());
        Snapshot.Tiers.Values.Single(tier => tier.Name == "Gold").Quotas.ShouldBe(
        [
            new Quota { Unit = QuotaUnit.Usd, Period = QuotaPeriod.Month, Limit = Usd.FromDollars(50).Nanos },
            new Quota { Unit = QuotaUnit.Requests, Period = QuotaPeriod.Day, Limit = 1_000, TimeZone = "Europe/Berlin", Hard = false },
        ]);
    }

    [Theory]
    [InlineData("limit", "", "Enter an amount in dollars, such as 2.50.")]
    [InlineData("limit", "-1", "Must be 0 or more, and at most 1,000,000,000 dollars or 10^18 tokens or requests.")]
    [InlineData("timeZone", "Mars/Olympus", "Mars/Olympus is not a time zone; use an IANA name such as Europe/Berlin.")]
    public async Task Tier_BadBudget_SaysSoAtTheField(string field, string text, string message)
    {
        var dialogs = Dialogs();
        await OpenAsync(dialogs, new DialogParameters<TierDialog> { { dialog => dialog.Tier, DefaultTier } });
        dialogs.Find(".quota-add").Click();
        dialogs.Find("[name='quotas[0].limit']").Input("5");
        if (field == "limit") dialogs.Find("[name='quotas[0].limit']").Input(text);
        else dialogs.Find($"[name='quotas[0].{field}']").Change(text);

        dialogs.Find("form").Submit();

        dialogs.WaitForAssertion(() => dialogs.Find(".error-text").TextContent.ShouldBe(message));
        dialogs.Find("[aria-invalid=true]").GetAttribute("name").ShouldBe($"quotas[0].{field}");
    }

    [Fact]
    public async Task Tier_SameBudgetTwice_SaysSo()
    {
        var dialogs = Dialogs();
        await OpenAsync(dialogs, new DialogParameters<TierDialog> { { dialog => dialog.Tier, DefaultTier } });
        dialogs.Find(".quota-add").Click();
        dialogs.Find(".quota-add").Click();
        foreach (var i in (int[])[0, 1]) dialogs.Find($"[name='quotas[{i}].limit']").Input("5");

        dialogs.Find("form").Submit();

        dialogs.WaitForAssertion(() => dialogs.Find(".error-text").TextContent.ShouldBe("There is already a quota of this unit and period. Keep one."));
    }

    [Fact]
    public async Task Tenant_Override_IsMarkedAndResetToTheTier()
    {
        var dialogs = Dialogs();
        await OpenAsync(dialogs, new DialogParameters<TenantLimitsDialog> { { dialog => dialog.Tenant, DefaultTenant } });
        dialogs.FindAll("[role=switch]")[0].Change(false);
        dialogs.Find("[name='overrides.requestsPerMinute']").Input("7");
        dialogs.Find("form").Submit();
        dialogs.WaitForAssertion(() => DefaultTenant.Overrides.RequestsPerMinute.ShouldBe(7));
        DefaultTenant.Quotas.ShouldBeNull();

        var limits = Render<TenantLimits>(parameters => parameters.Add(page => page.Tenant, DefaultTenant).Add(page => page.Tier, DefaultTier).Add(page => page.MayEdit, true));
        var row = limits.FindAll("tbody tr")[0];
        row.TextContent.ShouldContain("7");
        row.QuerySelector(".tag-override").ShouldNotBeNull();
        limits.Find("button[aria-label='Reset requests a minute to tier']").Click();

        limits.WaitForAssertion(() => DefaultTenant.Overrides.ShouldBe(default));
    }

    [Fact]
    public async Task Key_Edited_KeepsItsSecretAndGetsItsBudget()
    {
        var key = (await IssueAsync("Website")).Key;
        var dialogs = Dialogs();
        await OpenAsync(dialogs, new DialogParameters<KeyDialog> { { dialog => dialog.Key, key } });
        dialogs.Find("[name=name]").Change("Web shop");
        dialogs.Find("[name=ipAllow]").Change("203.0.113.0/24");
        dialogs.Find(".quota-add").Click();
        dialogs.Find("[name='quotas[0].limit']").Input("2.5");

        dialogs.Find("form").Submit();

        dialogs.WaitForAssertion(() => dialogs.FindAll("form").ShouldBeEmpty());
        var saved = Snapshot.Keys[key.Id];
        (saved.Name, saved.Hash, saved.ExpiresAt, saved.IpAllow.Single()).ShouldBe(("Web shop", key.Hash, null, "203.0.113.0/24"));
        saved.Quotas.ShouldHaveSingleItem().Limit.ShouldBe(Usd.FromDollars(2.5m).Nanos);
    }

    [Fact]
    public async Task UserLimit_ForEachUser_IsSaved()
    {
        var dialogs = Dialogs();
        await OpenAsync(dialogs, new DialogParameters<UserLimitDialog> { { dialog => dialog.Tenant, DefaultTenant } });
        dialogs.FindAll("[role=switch]")[0].Change(false);
        dialogs.Find("[name=requestsPerMinute]").Input("3");

        dialogs.Find("form").Submit();

        dialogs.WaitForAssertion(() => dialogs.FindAll("form").ShouldBeEmpty());
        var limit = Snapshot.UserLimits.Values.ShouldHaveSingleItem();
        (limit.TenantId, limit.UserId, limit.Limits.RequestsPerMinute).ShouldBe((DefaultTenant.Id, UserLimit.EachUser, 3));
    }
}
