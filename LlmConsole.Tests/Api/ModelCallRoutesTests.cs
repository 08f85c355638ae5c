using System.Net;
using System.Text;
using LlmConsole.Api;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api;

/// <summary>Walks the route table: whatever asks a model asks who calls, is held against the limits, and stands in the books.</summary>
public sealed class ModelCallRoutesTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    /// <summary>A request for every route that asks a model. A new route must be added here, which is the point.</summary>
    private static readonly Dictionary<string, string> Requests = new()
    {
        ["/v1/chat/completions"] = """{"model":"simulator/echo","messages":[{"role":"user","content":"hi"}]}""",
        ["/v1/embeddings"] = """{"model":"simulator/echo","input":"hi"}""",
        ["/v1/messages"] = """{"model":"simulator/echo","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}""",
        ["/chat"] = """{"model":"simulator/echo","messages":[{"role":"user","content":"hi"}]}""",
    };

    /// <summary>What callers may post that asks no model by itself: a job's calls are made later, on the same road, and counting a prompt gives no answer.</summary>
    private static readonly string[] AskNoModel = ["/v1/cache/reports", "/v1/jobs", "/v1/jobs/{id}/retry", "/v1/messages/count_tokens", "/v1/tokens"];

    private readonly RunningApp _app = fixture.App;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Paths => [.. Requests.Keys];

    [Fact]
    public void Routes_ThatAskAModel_AreThoseThatAreTestedHere() =>
        CallersRoutes().Where(route => route.Metadata.GetMetadata<ModelCall>() is not null).Select(Path).ShouldBe(Requests.Keys, ignoreOrder: true);

    [Fact]
    public void Routes_ThatCallersPostTo_AskAModelUnlessTheyAreKnownNotTo() =>
        CallersRoutes().Where(route => route.Metadata.GetMetadata<ModelCall>() is null && route.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Contains("POST"))
            .Select(Path).ShouldBeSubsetOf(AskNoModel);

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Route_WithoutACredential_IsRefused(string path)
    {
        using var answer = await PostAsync(path, null);

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Route_BeyondTheLimit_IsRefusedAndRecorded(string path)
    {
        var name = $"t-{Guid.NewGuid():N}";
        await _app.CreateTierAsync(name, tier => tier with { RequestsPerMinute = 1 });
        await _app.CreateTenantAsync(name, name);
        var key = await _app.IssueKeyAsync(name);

        using var first = await PostAsync(path, key);
        using var second = await PostAsync(path, key);

        (first.StatusCode, second.StatusCode).ShouldBe((HttpStatusCode.OK, HttpStatusCode.TooManyRequests));
        var records = await _app.RecordsOfAsync(key);
        records.Select(record => record.Outcome).ShouldBe([Outcome.Answered, Outcome.Refused]);
        records[0].TotalTokens.ShouldBeGreaterThan(0);
        records[0].Cost.Nanos.ShouldBeGreaterThan(0);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Route_OfAModelThatTheKeyMayNotUse_IsRefused(string path)
    {
        var key = await _app.IssueKeyAsync(with: key => key with { Models = ["other"] });

        using var answer = await PostAsync(path, key);

        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await _app.RecordsOfAsync(key)).ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Refused);
    }

    private Task<HttpResponseMessage> PostAsync(string path, string? key) =>
        _app.Client(key).PostAsync(path, new StringContent(Requests[path], Encoding.UTF8, "application/json"), Cancellation);

    private IEnumerable<RouteEndpoint> CallersRoutes() =>
        _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(route => route.Metadata.GetMetadata<CallersApi>() is not null);

    private static string Path(RouteEndpoint route) => "/" + route.RoutePattern.RawText!.TrimStart('/');
}
