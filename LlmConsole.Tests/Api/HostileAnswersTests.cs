using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LlmConsole.Core.Routing;
using LlmConsole.Tests.Support;
using LlmConsole.Tests.Wire;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api;

/// <summary>Whatever a provider writes in its answers, the caller gets an answer or a documented error, never the gateway's own failure, and the books one record.</summary>
public sealed class HostileAnswersTests : IAsyncLifetime
{
    private const int Cases = 60;

    private RunningApp _app = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // A target that fails this often would soon not be asked any more.
    public async ValueTask InitializeAsync() => _app = await RunningApp.StartAsync(services => services.AddSingleton(new HealthOptions { ConsecutiveFailures = int.MaxValue, MinimumCalls = int.MaxValue }));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Theory]
    [InlineData("/v1/chat/completions", false)]
    [InlineData("/v1/chat/completions", true)]
    [InlineData("/v1/messages", false)]
    [InlineData("/v1/messages", true)]
    public async Task Answer_Damaged_IsPassedOnOrRefused_AndBookedOnce(string path, bool isStream)
    {
        await using var model = await ScriptedModel.PublishAsync(_app);
        byte[][] answers = [.. Mutations.Of(isStream ? DamagedAnswerTests.Chunks : DamagedAnswerTests.Completions).Generator.Some(20, Cases), .. Said(isStream)];
        answers.Length.ShouldBeGreaterThan(Cases);
        foreach (var damaged in answers)
        {
            model.Provider.Otherwise = isStream ? Play.Stream((byte[])[.. Encoding.UTF8.GetBytes(Sse.Role() + "data: "), .. damaged, .. Encoding.UTF8.GetBytes($"\n\n{Sse.Delta("more")}{Sse.Finish()}{Sse.Usage(5, 2)}{Sse.Done}")]) : Play.Bytes(damaged, 200, ("Content-Type", "application/json"));
            using var answer = await PostAsync(model, path, isStream);
            await IsWholeAsync(answer, isStream, Encoding.UTF8.GetString(damaged));
        }

        var records = await model.RecordsAsync();
        records.Count.ShouldBe(answers.Length);
        records.ShouldAllBe(record => record.Status != 500 && record.Cost.Nanos >= 0 && record.InputTokens >= 0 && record.OutputTokens >= 0);
    }

    /// <summary>As they are, too.</summary>
    private static IEnumerable<byte[]> Said(bool isStream) => (isStream ? DamagedAnswerTests.Chunks : DamagedAnswerTests.Completions).Select(Encoding.UTF8.GetBytes);

    private static async Task<HttpResponseMessage> PostAsync(ScriptedModel model, string path, bool isStream)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent($$"""{"model":"{{model.Name}}","max_tokens":50,"stream":{{(isStream ? "true" : "false")}},"messages":[{"role":"user","content":"hi"}]}""", Encoding.UTF8, "application/json"),
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", model.Key) },
        };
        return await model.App.Http.SendAsync(request, Cancellation);
    }

    private static async Task IsWholeAsync(HttpResponseMessage answer, bool isStream, string told)
    {
        var text = await answer.TextAsync();
        answer.StatusCode.ShouldNotBe(HttpStatusCode.InternalServerError, told);
        if (!isStream || answer.StatusCode != HttpStatusCode.OK)
        {
            Should.NotThrow(() => JsonElement.Parse(text), told);
            return;
        }

        // An error ends a stream too.
        (text.TrimEnd().EndsWith("data: [DONE]", StringComparison.Ordinal) || text.Contains("message_stop", StringComparison.Ordinal) || text.Contains("\"error\"", StringComparison.Ordinal)).ShouldBeTrue($"{told}\n{text}");
        text.ShouldNotContain("internal_error", Case.Sensitive, told);
    }
}
