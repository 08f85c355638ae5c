using System.Security.Claims;
using Bunit;
using LlmConsole.Authentication;
using LlmConsole.Components.Account.Setup;
using LlmConsole.Components.Console.Keys;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Providers;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Components.Account;

/// <summary>The set-up steps as components, over the services of a running app.</summary>
public sealed class SetupStepsTests : IAsyncLifetime
{
    private RunningApp _app = null!;
    private ScriptedProvider _provider = null!;
    private BunitContext _page = null!;

    public async ValueTask InitializeAsync()
    {
        _app = await RunningApp.StartAsync();
        _provider = await ScriptedProvider.StartAsync();
        _page = new BunitContext { JSInterop = { Mode = JSRuntimeMode.Loose } };
        _page.AddAuthorization().SetAuthorized("ada@example.com").SetPolicies(Access.Own).SetClaims(new Claim(ClaimTypes.NameIdentifier, "usr_1"));
        _page.Services.AddScoped<LlmConsole.Components.Shared.ClientAddress>();
        _page.Services.AddScoped<LlmConsole.Components.Shared.SignedInEditor>();
        _page.Services.AddScoped<SetupSteps>();
        foreach (var type in (Type[])[typeof(ConfigurationStore), typeof(ConfigurationEditor), typeof(ISecretProtector), typeof(ProviderProbe), typeof(UsageQueries), typeof(TimeProvider)])
            _page.Services.AddSingleton(type, _app.Services.GetRequiredService(type));
        _page.Renderer.SetRendererInfo(new RendererInfo("Server", isInteractive: true));
    }

    public async ValueTask DisposeAsync()
    {
        await _page.DisposeAsync();
        await _provider.DisposeAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Provider_KeepSimulator_GoesOnWithAModelThatAnswers()
    {
        string? model = null;
        var step = _page.Render<ProviderStep>(parameters => parameters.Add(step => step.OnDone, done => model = done));

        await step.Find("form").SubmitAsync();

        _app.Configuration.FindModel(model!).ShouldNotBeNull();
    }

    [Fact]
    public async Task Provider_WrongKey_SaysWhoAndWhatAndKeepsTheFields()
    {
        _provider.Models = Play.Error(StatusCodes.Status401Unauthorized);
        var step = await FillAsync("sk-wrong-0123456789");

        await step.Find("button[type=button]").ClickAsync(new());

        step.WaitForAssertion(() => step.Find("#probe").TextContent.ShouldContain("Local answered 401"));
        step.Find("#probe").TextContent.ShouldNotContain("sk-wrong");
        step.Find("[name=baseUrl]").GetAttribute("value").ShouldBe(_provider.BaseUrl.ToString());
        step.Find("[name=apiKey]").GetAttribute("value").ShouldBe("sk-wrong-0123456789");
    }

    [Fact]
    public async Task Provider_ListedModel_IsPublishedWithItsPrice()
    {
        _provider.Models = Play.Json("""{"object":"list","data":[{"id":"small","object":"model"},{"id":"large","object":"model"}]}""");
        string? done = null;
        var step = await FillAsync("sk-right-0123456789", model => done = model);
        await step.Find("button[type=button]").ClickAsync(new());
        step.WaitForAssertion(() => step.FindAll("datalist option").Select(option => option.GetAttribute("value")).ShouldBe(["large", "small"]));

        await step.Find("[name=model]").ChangeAsync(new() { Value = "small" });
        await step.Find("[name=inputPrice]").ChangeAsync(new() { Value = "0.15" });
        await step.Find("[name=outputPrice]").ChangeAsync(new() { Value = "0.6" });
        await step.Find("form").SubmitAsync();

        done.ShouldBe("small");
        var model = _app.Configuration.FindModel("small")!;
        model.Prices.ShouldHaveSingleItem().InputPerMillion.ShouldBe(Usd.FromDollars(0.15m));
        var provider = _app.Configuration.Providers[model.Targets.ShouldHaveSingleItem().ProviderId];
        provider.Name.ShouldBe("Local");
        provider.ProtectedApiKey!.ShouldNotContain("sk-right");
    }

    [Theory]
    [InlineData("baseUrl", "not a url")]
    [InlineData("inputPrice", "-1")]
    [InlineData("outputPrice", "abc")]
    [InlineData("model", " ")]
    public async Task Provider_BadField_IsNamedAndNothingIsSaved(string field, string value)
    {
        var step = await FillAsync("sk-right-0123456789");
        await step.Find("[name=model]").ChangeAsync(new() { Value = "small" });
        if (field == "outputPrice") await step.Find("[name=inputPrice]").ChangeAsync(new() { Value = "1" });
        await step.Find($"[name={field}]").ChangeAsync(new() { Value = value });

        await step.Find("form").SubmitAsync();

        step.Find($"[name={field}]").GetAttribute("aria-invalid").ShouldBe("true");
        _app.Configuration.Providers.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Provider_OpenAIWithoutKey_AsksForIt()
    {
        var step = _page.Render<ProviderStep>();
        await step.Find("input[value=OpenAI]").ChangeAsync(new());

        await step.Find("form").SubmitAsync();

        step.Find("[name=apiKey]").GetAttribute("aria-invalid").ShouldBe("true");
    }

    [Fact]
    public async Task Key_Defaults_IssueAKeyThatIsShownOnce()
    {
        IssuedKey? done = null;
        var step = _page.Render<KeyStep>(parameters => parameters.Add(step => step.OnDone, key => done = key));

        await step.Find("form").SubmitAsync();
        var shown = step.Find("#key").TextContent;
        await step.Find(".button-primary").ClickAsync(new());

        _app.KeyOf(shown).TenantId.ShouldBe(_app.Tenant().Id);
        done!.Text.ShouldBe(shown);
    }

    [Fact]
    public async Task Key_NewTenantName_CreatesTheTenant()
    {
        var step = _page.Render<KeyStep>();
        await step.Find("[name=tenant]").ChangeAsync(new() { Value = "Acme" });

        await step.Find("form").SubmitAsync();

        _app.KeyOf(step.Find("#key").TextContent).TenantId.ShouldBe(_app.Tenant("Acme").Id);
    }

    [Fact]
    public async Task FirstCall_KeyIsUsed_TurnsGreenWithLatencyAndCost()
    {
        var text = await _app.IssueKeyAsync();
        var step = _page.Render<FirstCallStep>(parameters => parameters.Add(step => step.IssuedKey, new IssuedKey(_app.KeyOf(text), text)).Add(step => step.Model, "simulator/echo"));
        step.Find("#first-call").TextContent.ShouldContain("Waiting");
        step.Find("#curl").TextContent.ShouldBe(Snippet.Chat("http://localhost/", text, "simulator/echo").Curl);

        using var client = _app.Client(text);
        using var content = new StringContent("""{"model":"simulator/echo","messages":[{"role":"user","content":"Hello"}]}""", System.Text.Encoding.UTF8, "application/json");
        (await client.PostAsync(new Uri("/v1/chat/completions", UriKind.Relative), content, Xunit.TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();

        step.WaitForAssertion(() => step.Find(".notice-ok").TextContent.ShouldMatch(@"answered by simulator/echo in [\d.]+\u00a0m?s.*for \$0\.\d+"), TimeSpan.FromSeconds(20));
    }

    private async Task<IRenderedComponent<ProviderStep>> FillAsync(string apiKey, Action<string>? done = null)
    {
        var step = _page.Render<ProviderStep>(parameters => parameters.Add(step => step.OnDone, done ?? (_ => { })));
        await step.Find("input[value=OpenAICompatible]").ChangeAsync(new());
        await step.Find("[name=name]").ChangeAsync(new() { Value = "Local" });
        await step.Find("[name=baseUrl]").ChangeAsync(new() { Value = _provider.BaseUrl.ToString() });
        await step.Find("[name=apiKey]").ChangeAsync(new() { Value = apiKey });
        return step;
    }
}
