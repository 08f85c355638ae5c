using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Tests.Configuration;

public sealed class SuggestedPricesTests
{
    [Theory]
    [InlineData("gpt-4o", "gpt-4o")]
    [InlineData("gpt-4o-2024-08-06", "gpt-4o")]
    [InlineData("gpt-4o-mini-2024-07-18", "gpt-4o-mini")]
    [InlineData("gpt-3.5-turbo-0125", "gpt-3.5-turbo")]
    [InlineData("openai/gpt-4.1", "gpt-4.1")]
    [InlineData("claude-sonnet-4-20250514", "claude-sonnet-4")]
    [InlineData("claude-3-5-haiku-latest", "claude-3-5-haiku")]
    [InlineData("claude-sonnet-4-5-20250929", "claude-sonnet-4-5")]
    [InlineData("gpt-5.4-mini-2026-03-17", "gpt-5.4-mini")]
    [InlineData("models/gemini-2.0-flash-001", "gemini-2.0-flash")]
    [InlineData("mistral-large-2411", "mistral-large")]
    [InlineData("meta-llama/Llama-3.3-70B-Instruct-Turbo", "meta-llama/Llama-3.3-70B-Instruct-Turbo")]
    public void Find_KnownModel_FindsItsFamily(string providerModel, string family) =>
        SuggestedPrices.Find(providerModel).ShouldNotBeNull().Model.ShouldBe(family);

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("gpt-4o-audio-preview")]
    [InlineData("gpt-4o-mini-realtime-preview-2024-12-17")]
    [InlineData("my-gpt-4o")]
    [InlineData("claude-haiku-5-5")]
    public void Find_AnotherModel_FindsNone(string providerModel) => SuggestedPrices.Find(providerModel).ShouldBeNull();

    [Fact]
    public void All_Always_AreSoundPrices()
    {
        foreach (var price in SuggestedPrices.All) price.AsOf.ShouldMatch("^20[0-9]{2}-(0[1-9]|1[0-2])$");
        SuggestedPrices.All.Select(price => price.Model).ShouldBeUnique();
        SuggestedPrices.All.ShouldAllBe(price => price.Input > Usd.Zero && price.Output >= price.Input && (price.CachedInput == null || price.CachedInput < price.Input));
        SuggestedPrices.All.ShouldAllBe(price => price.Source == null || price.Source.StartsWith("https://", StringComparison.Ordinal));
    }
}
