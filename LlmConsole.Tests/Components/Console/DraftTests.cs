using LlmConsole.Components.Console.Models;
using LlmConsole.Components.Console.Providers;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Components.Console;

public sealed class DraftTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Spelling _secrets = new();

    private static Provider Stored => new()
    {
        Id = "prv_1", Name = "Vendor", Kind = ProviderKind.OpenAICompatible, BaseUrl = new Uri("https://vendor.example/v1"), ProtectedApiKey = "old", ApiKeyLastFour = "abcd",
    };

    private Model PricedModel => new Model { Id = "mod_1", Name = "m", Targets = [new ModelTarget("prv_1", "m")] }
        .WithPrice(Usd.FromDollars(1m), null, Usd.FromDollars(2m), _time.GetUtcNow());

    [Fact]
    public void Provider_EmptyKey_KeepsTheStoredOne() => new ProviderDraft(Stored) { Name = "Renamed" }.ToProvider(_secrets, _time).ProtectedApiKey.ShouldBe("old");

    [Fact]
    public void Provider_NewKey_IsStoredEncrypted() => new ProviderDraft(Stored) { ApiKey = "sk-123456789wxyz" }.ToProvider(_secrets, _time).ProtectedApiKey.ShouldBe("zyxw987654321-ks");

    [Fact]
    public void Provider_RemovedKey_IsGone() => new ProviderDraft(Stored) { RemoveKey = true }.ToProvider(_secrets, _time).ApiKeyLastFour.ShouldBeNull();

    [Theory]
    [InlineData("https://elsewhere.example/v1")]
    [InlineData("http://vendor.example/v1")]
    [InlineData("https://vendor.example:8443/v1")]
    public void Provider_OtherHost_DoesNotGetTheStoredKey(string address) =>
        Should.Throw<ConfigurationInvalidException>(() => new ProviderDraft(Stored) { BaseUrl = address }.ToProvider(_secrets, _time)).Problems.ShouldHaveSingleItem().Field.ShouldBe("apiKey");

    [Fact]
    public void Provider_OtherPathOfTheSameHost_KeepsTheStoredKey() =>
        new ProviderDraft(Stored) { BaseUrl = "https://vendor.example/v2" }.ToProvider(_secrets, _time).ProtectedApiKey.ShouldBe("old");

    [Fact]
    public void Provider_BadAddress_IsAProblemOfTheField() =>
        Should.Throw<ConfigurationInvalidException>(() => new ProviderDraft(null) { BaseUrl = "not a url" }.ToProvider(_secrets, _time)).Problems.ShouldHaveSingleItem().Field.ShouldBe("baseUrl");

    [Fact]
    public void Model_Unchanged_StaysAsItWas()
    {
        var model = PricedModel with
        {
            Targets = [new ModelTarget("prv_1", "m") { Group = 3, AcceptsPrefill = true, Drained = true }],
            Timeouts = new ModelTimeouts { ConnectSeconds = 3 },
            Resilience = new ModelResilience { Rescue = RescueMode.Hold, GracefulMessage = "Later." },
        };

        var saved = Draft(model).ToModel(_time);

        saved.Targets.ShouldBe(model.Targets);
        (saved.Timeouts, saved.Resilience).ShouldBe((model.Timeouts, model.Resilience));
    }

    [Fact]
    public void Model_SamePrice_AppendsNoVersion() => Draft(PricedModel).ToModel(_time).Prices.Count.ShouldBe(1);

    [Fact]
    public void Model_OtherPrice_AppendsAVersionInForceNow()
    {
        var model = PricedModel;
        _time.Advance(TimeSpan.FromHours(1));
        var draft = Draft(model);
        draft.Price.Output = "2.50";

        var saved = draft.ToModel(_time);

        saved.Prices.Count.ShouldBe(2);
        (saved.Prices[1].Version, saved.Prices[1].EffectiveFrom, saved.Prices[1].OutputPerMillion).ShouldBe((2, _time.GetUtcNow(), Usd.FromDollars(2.5m)));
    }

    [Fact]
    public void Model_PricesOfTheRequestAndOfCacheWrites_ArePartOfTheVersion()
    {
        var draft = Draft(PricedModel);
        (draft.Price.CacheWrite, draft.Price.PerRequest) = ("1.25", "$0.01");

        var price = draft.ToModel(_time).Prices[^1];

        (price.Version, price.CacheWritePerMillion, price.PerRequest, price.InputPerMillion).ShouldBe((2, Usd.FromDollars(1.25m), Usd.FromDollars(0.01m), Usd.FromDollars(1m)));
    }

    [Fact]
    public void Model_PriceTakenAway_IsRefused()
    {
        var draft = Draft(PricedModel);
        (draft.Price.Input, draft.Price.Output) = ("", " ");

        Should.Throw<ConfigurationInvalidException>(() => draft.ToModel(_time)).Problems.ShouldHaveSingleItem().Field.ShouldBe("prices.inputPerMillion");
    }

    [Fact]
    public void Model_UnreadableNumbers_AreAllNamed()
    {
        var draft = Draft(PricedModel);
        (draft.Targets[0].Weight, draft.Idle, draft.Price.Input) = ("heavy", "", "1,5");

        Should.Throw<ConfigurationInvalidException>(() => draft.ToModel(_time)).Problems.Select(problem => problem.Field)
            .ShouldBe(["targets[0].weight", "timeouts.idleSeconds", "prices.inputPerMillion"]);
    }

    private ModelDraft Draft(Model model) => new(model, null, _time.GetUtcNow());

    /// <summary>Writes a secret backwards, so that a test sees whether it was protected.</summary>
    private sealed class Spelling : ISecretProtector
    {
        public string Protect(string purpose, string secret) => new([.. secret.Reverse()]);

        public string Unprotect(string purpose, string protectedSecret) => Protect(purpose, protectedSecret);
    }
}
