using System.Net;
using System.Text;
using System.Text.Json;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api;

/// <summary>A setting says how many messages a request may hold, wherever it comes in.</summary>
public sealed class RequestListsTests
{
    private const string Two = """{"role":"user","content":"a"},{"role":"user","content":"b"}""";
    private const string Three = Two + """,{"role":"user","content":"c"}""";

    [Fact]
    public async Task Messages_MoreThanTheSettingTakes_AreRefusedEverywhere()
    {
        await using var app = await RunningApp.StartAsync(("Limits:MaxMessages", "2"));
        using var client = app.Client(await app.IssueKeyAsync());
        (string Path, string Body, string Param)[] requests =
        [
            ("/v1/chat/completions", """{"model":"simulator/echo","messages":[@]}""", "messages"),
            ("/chat", """{"model":"simulator/echo","messages":[@]}""", "messages"),
            ("/v1/messages", """{"model":"simulator/echo","max_tokens":5,"messages":[@]}""", "messages"),
            ("/v1/messages/count_tokens", """{"model":"simulator/echo","messages":[@]}""", "messages"),
            ("/v1/jobs", """{"type":"chat","body":{"model":"simulator/echo","messages":[@]}}""", "body.messages"),
            ("/v1/jobs", """{"type":"batch","requests":[{"body":{"model":"simulator/echo","messages":[@]}}]}""", "requests[0].body.messages"),
        ];

        foreach (var (path, body, param) in requests)
        {
            ((int)(await PostAsync(path, body, Two)).Status).ShouldBeInRange(200, 202, path);
            var (status, text) = await PostAsync(path, body, Three);

            status.ShouldBe(HttpStatusCode.BadRequest, path);
            text.ShouldContain("longer than the 2 entries", Case.Sensitive, path);
            if (path.StartsWith("/v1/messages", StringComparison.Ordinal)) continue;
            var error = JsonElement.Parse(text).GetProperty("error");
            (error.GetProperty("code").GetString(), error.GetProperty("param").GetString()).ShouldBe(("array_above_max_length", param), path);
        }

        async Task<(HttpStatusCode Status, string Text)> PostAsync(string path, string body, string messages)
        {
            using var content = new StringContent(body.Replace("@", messages, StringComparison.Ordinal), Encoding.UTF8, "application/json");
            using var answer = await client.PostAsync(path, content, TestContext.Current.CancellationToken);
            return (answer.StatusCode, await answer.TextAsync());
        }
    }
}
