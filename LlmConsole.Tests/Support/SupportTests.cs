using System.Net;
using System.Net.Http.Json;

namespace LlmConsole.Tests.Support;

public sealed class SupportTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunningApp_Started_ServesItsStaticFilesAndSeed()
    {
        (await fixture.App.Http.GetAsync("/favicon.svg", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.OK);
        fixture.App.Configuration.FindModel("simulator/echo").ShouldNotBeNull();
        (await fixture.App.IssueKeyAsync()).ShouldStartWith("llmc_live_");
        Directory.EnumerateFiles(fixture.App.DataDirectory, "*.db").ShouldHaveSingleItem();
    }

    [Fact]
    public async Task ScriptedProvider_ClientLeavesAtTheGate_SaysSo()
    {
        await using var provider = await ScriptedProvider.StartAsync();
        var gate = new TaskCompletionSource();
        provider.Next(Play.Stream(Sse.Delta("Hel"), gate.Task, Sse.Done));
        using var client = new HttpClient();

        var request = new HttpRequestMessage(HttpMethod.Post, $"{provider.BaseUrl}/chat/completions?a=b") { Content = JsonContent.Create(new { stream = true }) };
        using (var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation))
        {
            using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));
            (await lines.ReadLineAsync(Cancellation)).ShouldNotBeNull().ShouldContain("Hel");
        }

        var received = await provider.RequestAsync();
        received.Path.ShouldBe("/v1/chat/completions?a=b");
        received.Json.GetProperty("stream").GetBoolean().ShouldBeTrue();
        await received.Aborted.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task ScriptedProvider_NothingScripted_AnswersAsAsked()
    {
        await using var provider = await ScriptedProvider.StartAsync();
        using var client = new HttpClient();

        var answer = await client.PostAsJsonAsync($"{provider.BaseUrl}/chat/completions", new { stream = true }, Cancellation);

        (await answer.Content.ReadAsStringAsync(Cancellation)).ShouldEndWith(Sse.Done);
    }
}
