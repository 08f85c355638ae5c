using System.Net;
using System.Text;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api;

/// <summary>The simple form without a model: who answers then.</summary>
public sealed class SimpleChatTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private readonly RunningApp _app = fixture.App;

    [Theory]
    [InlineData("no-such-model,simulator/lorem-200-300-20,simulator/echo", "simulator/lorem-200-300-20")]
    [InlineData("simulator/e*,simulator/lorem-200-300-20", "simulator/echo")]
    [InlineData("*", "simulator/echo")]
    public async Task Post_WithoutAModel_IsAnsweredByTheFirstOfTheTier(string models, string served)
    {
        using var answer = await PostAsync(await KeyAsync(models.Split(',')), cancelled: true);

        answer.Headers.GetValues("x-llmconsole-model").ShouldBe([served]);
    }

    [Fact]
    public async Task Post_WithoutAModel_PassesOverWhatTheKeyMayNotUse()
    {
        using var answer = await PostAsync(await KeyAsync(["simulator/lorem-200-300-20", "simulator/echo"], key => key with { Models = ["simulator/echo"] }));

        answer.Headers.GetValues("x-llmconsole-model").ShouldBe(["simulator/echo"]);
        (await answer.TextAsync()).ShouldContain("data: hi");
    }

    [Fact]
    public async Task Post_NoModelThatMayBeUsed_IsRefusedByNameAndRecorded()
    {
        var key = await KeyAsync(["no-such-model"]);

        using var answer = await PostAsync(key);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.TextAsync()).ShouldContain("\"param\":\"model\"");
        (await _app.RecordsOfAsync(key)).ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Refused);
    }

    private async Task<string> KeyAsync(string[] models, Func<ApiKey, ApiKey>? with = null)
    {
        var name = $"t-{Guid.NewGuid():N}";
        await _app.CreateTierAsync(name, tier => tier with { Models = models });
        await _app.CreateTenantAsync(name, name);
        return await _app.IssueKeyAsync(name, with);
    }

    /// <param name="cancelled">Only the head is read, and the rest left.</param>
    private Task<HttpResponseMessage> PostAsync(string key, bool cancelled = false) => _app.Client(key).SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "/chat") { Content = new StringContent("""{"messages":[{"role":"user","content":"hi"}]}""", Encoding.UTF8, "application/json") },
        cancelled ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead, TestContext.Current.CancellationToken);
}
