using System.Net;
using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api.Admin;

public sealed class ProvidersApiTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private const string Secret = "sk-upstream-secret-9876";

    [Fact]
    public async Task Post_WithAKey_StoresItEncryptedAndNeverShowsIt()
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        var made = (await admin.PostAsync("providers", $$"""{"name":"Local","kind":"openai-compatible","baseUrl":"http://localhost:11434/v1","apiKey":"{{Secret}}"}""")).Expect(HttpStatusCode.Created);

        (made["kind"].GetString(), made["hasApiKey"].GetBoolean(), made["apiKeyLastFour"].GetString()).ShouldBe(("openai-compatible", true, "9876"));
        var stored = fixture.App.Configuration.Providers[made.Id].ProtectedApiKey!;
        stored.ShouldNotContain(Secret);
        fixture.App.Services.GetRequiredService<ISecretProtector>().Unprotect(SecretPurpose.ProviderApiKey, stored).ShouldBe(Secret);
        foreach (var answer in (Answer[])[made, await admin.GetAsync($"providers/{made.Id}"), await admin.GetAsync("providers"), await admin.GetAsync("audit?limit=200")])
        {
            answer.Text.ShouldNotContain(Secret);
            answer.Text.ShouldNotContain(stored);
        }

        fixture.App.Log.Lines.ShouldAllBe(line => !line.Contains(Secret));
    }

    [Fact]
    public async Task Patch_KeyAbsentOrNull_KeepsOrClearsIt()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        var made = await admin.PostAsync("providers", $$"""{"name":"Keyed","kind":"openai","apiKey":"{{Secret}}"}""");

        (await admin.PatchAsync($"providers/{made.Id}", """{"name":"Keyed still"}"""))["hasApiKey"].GetBoolean().ShouldBeTrue();
        (await admin.PatchAsync($"providers/{made.Id}", """{"apiKey":null}"""))["hasApiKey"].GetBoolean().ShouldBeFalse();
        fixture.App.Configuration.Providers[made.Id].ProtectedApiKey.ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"baseUrl":"http://127.0.0.1:2/v1"}""", false)]
    [InlineData("""{"baseUrl":"https://127.0.0.1:1/v1"}""", false)]
    [InlineData("""{"baseUrl":null,"kind":"openai"}""", false)]
    [InlineData("""{"baseUrl":"http://127.0.0.1:1/other/v1"}""", true)]
    [InlineData("""{"baseUrl":"http://127.0.0.1:2/v1","apiKey":"sk-upstream-secret-5432"}""", true)]
    [InlineData("""{"baseUrl":"http://127.0.0.1:2/v1","apiKey":null}""", true)]
    public async Task Patch_AnotherHost_NeedsTheKeyAgain(string body, bool isTaken)
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        var made = await admin.PostAsync("providers", $$"""{"name":"Moving {{Guid.NewGuid():N}}","kind":"openai-compatible","baseUrl":"http://127.0.0.1:1/v1","apiKey":"{{Secret}}"}""");

        var answer = await admin.PatchAsync($"providers/{made.Id}", body);

        if (isTaken) answer.Expect(HttpStatusCode.OK);
        else answer.ExpectError(HttpStatusCode.BadRequest, "invalid_value", "apiKey");
        (fixture.App.Configuration.Providers[made.Id].BaseUrl == new Uri("http://127.0.0.1:1/v1")).ShouldBe(!isTaken);
    }

    [Theory]
    [InlineData("""{"name":"x","kind":"openai-compatible"}""", "baseUrl")]
    [InlineData("""{"name":"x","kind":"openai-compatible","baseUrl":"not a url"}""", "baseUrl")]
    [InlineData("""{"name":"x","kind":"openai-compatible","baseUrl":"ftp://example.com"}""", "baseUrl")]
    [InlineData("""{"name":"x","kind":"openai-compatible","baseUrl":"http://169.254.169.254/latest"}""", "baseUrl")]
    [InlineData("""{"name":"x","kind":"simulator","baseUrl":"http://localhost"}""", "baseUrl")]
    [InlineData("""{"name":"x","kind":"registered","baseUrl":"http://localhost"}""", "baseUrl")]
    [InlineData("""{"name":"x","kind":"azure-openai"}""", "baseUrl")]
    [InlineData("""{"name":"x","kind":"azure-openai","baseUrl":"https://my.openai.azure.com?api-version=1&key=2"}""", "baseUrl")]
    [InlineData("""{"name":"x","kind":"anthropic","baseUrl":"https://localhost?api-version=2024-10-21"}""", "baseUrl")]
    [InlineData("""{"name":"x","kind":"anthropic","baseUrl":"http://169.254.169.254"}""", "baseUrl")]
    [InlineData("""{"name":"x","kind":"teapot"}""", "kind")]
    [InlineData("""{"name":"x","kind":null}""", "kind")]
    public async Task Post_WrongField_RefusesByName(string body, string param)
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        (await admin.PostAsync("providers", body)).ExpectError(HttpStatusCode.BadRequest, "invalid_value", param);
    }

    [Fact]
    public async Task Test_Reachable_ListsItsModels()
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        var answer = (await admin.PostAsync("providers/Simulator/test")).Expect(HttpStatusCode.OK);

        answer["ok"].GetBoolean().ShouldBeTrue();
        answer["models"].EnumerateArray().Select(model => model.GetString()).ShouldContain("echo");
    }

    [Fact]
    public async Task Test_NobodyListens_SaysSoWithoutFailing()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        await admin.PostAsync("providers", """{"name":"Nobody","kind":"openai-compatible","baseUrl":"http://127.0.0.1:1/v1"}""");

        var answer = (await admin.PostAsync("providers/Nobody/test")).Expect(HttpStatusCode.OK);

        answer["ok"].GetBoolean().ShouldBeFalse();
        answer["message"].GetString()!.ShouldContain("Nobody");
    }

    [Fact]
    public async Task Test_ListWithoutEnd_IsCutOffAndSaysSo()
    {
        await using var provider = await ScriptedProvider.StartAsync();
        provider.Models = Play.Stream("{\"data\":[{\"id\":\"", Play.Endless);
        var admin = await AdminClient.OfAsync(fixture.App);
        await admin.PostAsync("providers", $$"""{"name":"Endless","kind":"openai-compatible","baseUrl":"{{provider.BaseUrl}}"}""");

        var answer = (await admin.PostAsync("providers/Endless/test")).Expect(HttpStatusCode.OK);

        answer["ok"].GetBoolean().ShouldBeFalse();
        answer["message"].GetString()!.ShouldContain("more than a list of models");
    }

    [Fact]
    public async Task Delete_ServingAModel_Conflicts()
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        (await admin.DeleteAsync("providers/Simulator")).ExpectError(HttpStatusCode.Conflict, "conflict");
    }
}
