using Bunit;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Tests.Components.Shared;

public sealed class PriceSuggestionTests : BunitContext
{
    [Fact]
    public void Use_KnownModel_HandsThePriceOver()
    {
        SuggestedPrice? used = null;
        var suggestion = Render<PriceSuggestion>(parameters => parameters.Add(p => p.Model, "gpt-4o-2024-08-06").Add(p => p.OnUse, price => used = price));

        suggestion.Find("p").TextContent.ShouldContain("$2.50 in, $10.00 out per million tokens (OpenAI, as of 2025-08)");
        suggestion.Find("p").TextContent.ShouldContain("It was not compared with the provider's own page");
        used.ShouldBeNull();
        suggestion.Find("button").Click();

        used.ShouldNotBeNull().Model.ShouldBe("gpt-4o");
    }

    [Fact]
    public void Render_PriceFromThePage_LinksToItAndSaysWhenItHolds()
    {
        var suggestion = Render<PriceSuggestion>(parameters => parameters.Add(p => p.Model, "deepseek-flash").Add(p => p.OnUse, _ => { }));

        suggestion.Find("p").TextContent.ShouldContain("$1.20 out per million tokens at peak hours; half of it otherwise (DeepSeek, as of 2026-10)");
        suggestion.Find("a").GetAttribute("href").ShouldBe("https://api-docs.deepseek.com/quick_start/pricing");
    }

    [Fact]
    public void Render_UnknownModel_OffersNothing() =>
        Render<PriceSuggestion>(parameters => parameters.Add(p => p.Model, "mine").Add(p => p.OnUse, _ => { })).Markup.ShouldBeEmpty();
}
