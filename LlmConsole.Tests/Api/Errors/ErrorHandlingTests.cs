using System.Net;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Api.Admin;
using LlmConsole.Tests.Authentication;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api.Errors;

public sealed class ErrorHandlingTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/v1/nope")]
    [InlineData("POST", "/v1/nope")]
    [InlineData("DELETE", "/v1")]
    [InlineData("GET", "/v1/chat")]
    public async Task UnknownPath_OfTheGateway_Is404WithTheBody(string method, string path)
    {
        var answer = await SendAsync(fixture.App.Http, method, path);

        answer.ExpectError(HttpStatusCode.NotFound, "not_found");
        answer["error"].GetProperty("request_id").GetString().ShouldBe(answer.Headers.GetValues("x-request-id").Single());
        answer["error"].GetProperty("doc_url").GetString().ShouldBe($"{fixture.App.BaseAddress}docs/errors#not_found");
    }

    [Theory]
    [InlineData("GET", "/v1/chat/completions", "POST")]
    [InlineData("DELETE", "/v1/models", "GET")]
    [InlineData("PUT", "/v1/models/simulator/echo", "GET")]
    public async Task WrongMethod_OfTheGateway_Is405NamingTheRightOnes(string method, string path, string allow)
    {
        var response = await fixture.App.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        response.Content.Headers.Allow.ShouldBe([allow]);
        (await response.Content.ReadAsStringAsync(Cancellation)).ShouldContain("\"code\":\"method_not_allowed\"");
    }

    [Fact]
    public async Task UnknownPathAndWrongMethod_OfTheAdminApi_HaveTheBody()
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        (await admin.GetAsync("nope")).ExpectError(HttpStatusCode.NotFound, "not_found");
        (await admin.SendAsync(HttpMethod.Put, "tiers", "{}")).ExpectError(HttpStatusCode.MethodNotAllowed, "method_not_allowed");
    }

    [Fact]
    public async Task AdminApi_WithoutAKey_Is401WithTheBody()
    {
        var answer = await SendAsync(fixture.App.Http, "GET", "/admin/v1/tiers");

        answer.ExpectError(HttpStatusCode.Unauthorized, "invalid_api_key");
        answer.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer");
        answer["error"].GetProperty("doc_url").GetString()!.ShouldEndWith("/docs/errors#invalid_api_key");
    }

    [Fact]
    public async Task RequestId_Always_IsOursAndEchoesTheClients()
    {
        var ids = new HashSet<string>();
        foreach (var path in (string[])["/favicon.svg", "/v1/models", "/admin/v1/tiers", "/docs/errors", "/account/sign-in"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "x-request-id", "client.id_1-A" } } };
            var response = await fixture.App.Http.SendAsync(request, Cancellation);

            var id = response.Headers.GetValues("x-request-id").ShouldHaveSingleItem();
            id.ShouldStartWith("req_");
            ids.Add(id).ShouldBeTrue(path);
            response.Headers.GetValues("x-client-request-id").ShouldBe(["client.id_1-A"]);
        }
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("new\tline")]
    [InlineData("a/b")]
    [InlineData("")]
    public async Task RequestId_OddOneOfTheClient_IsNotEchoed(string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.TryAddWithoutValidation("x-request-id", id).ShouldBeTrue();

        (await fixture.App.Http.SendAsync(request, Cancellation)).Headers.ShouldNotContain(header => header.Key == "x-client-request-id");
    }

    [Fact]
    public async Task RequestId_TooLongOneOfTheClient_IsNotEchoed()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models") { Headers = { { "x-request-id", new string('a', 129) } } };

        (await fixture.App.Http.SendAsync(request, Cancellation)).Headers.ShouldNotContain(header => header.Key == "x-client-request-id");
    }

    [Fact]
    public async Task Exception_InTheApi_IsABodyThatTellsNothingAndALogLine()
    {
        await using var app = await RunningApp.StartAsync(services => services.AddSingleton<IStartupFilter>(new Breaking()));

        var answer = await SendAsync(app.Http, "GET", "/v1/broken");

        answer.ExpectError(HttpStatusCode.InternalServerError, "internal_error");
        answer.Text.ShouldNotContain("hunter2");
        var id = answer.Headers.GetValues("x-request-id").Single();
        app.Log.Lines.ShouldContain(line => line.Contains(id) && line.Contains("/v1/broken"));
    }

    [Fact]
    public async Task Refusal_OfThePipeline_KeepsCodeAndRetryAfter()
    {
        await using var app = await RunningApp.StartAsync(services => services.AddSingleton<IStartupFilter>(new Breaking()));

        var answer = await SendAsync(app.Http, "GET", "/v1/busy");

        answer.ExpectError(HttpStatusCode.ServiceUnavailable, "overloaded");
        answer.Headers.RetryAfter!.ToString().ShouldBe("3");
    }

    /// <summary>What a caller is told may hold its prompt in a provider's words.</summary>
    [Fact]
    public async Task Refusal_ToACallerWhoLeft_IsNotLogged()
    {
        var breaking = new Breaking();
        await using var app = await RunningApp.StartAsync(services => services.AddSingleton<IStartupFilter>(breaking));

        await Should.ThrowAsync<HttpRequestException>(() => SendAsync(app.Http, "GET", "/v1/left"));
        await breaking.Left.Task.WaitAsync(Cancellation);

        app.Log.Lines.ShouldNotContain(line => line.Contains("hunter2"));
    }

    [Theory]
    [InlineData("/nowhere")]
    [InlineData("/admin/nowhere")]
    [InlineData("/favicon.ico")]
    public async Task UnknownPage_Stranger_IsToldInsteadOfAskedToSignIn(string path)
    {
        await using var app = await RunningApp.StartAsync();
        await BrowserSession.CreateOwnerAsync(app);

        var response = await app.Http.SendAsync(new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "text/html" } } }, Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await response.Content.ReadAsStringAsync(Cancellation)).ShouldContain("There is no such page");
    }

    [Fact]
    public async Task UnknownPage_SignedIn_IsABrandedPageWithTheRequestId()
    {
        await using var app = await RunningApp.StartAsync();
        await BrowserSession.CreateOwnerAsync(app);
        using var browser = new BrowserSession(app);
        await browser.SignInAsync("owner@example.com");

        var response = await browser.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/nowhere") { Headers = { { "Accept", "text/html" } } }, Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var html = await response.Content.ReadAsStringAsync(Cancellation);
        html.ShouldContain("There is no such page");
        html.ShouldContain(response.Headers.GetValues("x-request-id").Single());
        html.ShouldContain("href=\"/\"");
    }

    [Fact]
    public async Task Exception_InAPage_IsAPageWithoutDetails()
    {
        await using var app = await RunningApp.StartAsync(services => services.AddSingleton<IStartupFilter>(new Breaking()));

        await BrowserSession.CreateOwnerAsync(app);
        using var browser = new BrowserSession(app);
        await browser.SignInAsync("owner@example.com");

        var response = await browser.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/broken") { Headers = { { "Accept", "text/html" } } }, Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        var html = await response.Content.ReadAsStringAsync(Cancellation);
        html.ShouldContain("Something went wrong");
        html.ShouldContain(response.Headers.GetValues("x-request-id").Single());
        html.ShouldNotContain("hunter2");
    }

    private static async Task<Answer> SendAsync(HttpClient client, string method, string path)
    {
        using var response = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Cancellation);
        return new Answer(response.StatusCode, response.Headers, await response.Content.ReadAsStringAsync(Cancellation));
    }

    /// <summary>Breaks behind the app's own pipeline, as an endpoint of it would.</summary>
    private sealed class Breaking : IStartupFilter
    {
        /// <summary>A request whose client left is over, and whatever is logged of it was.</summary>
        public TaskCompletionSource Left { get; } = new();

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            next(app);
            app.MapWhen(context => context.Request.Path == "/v1/left", left => left.Run(LeaveAsync));
            app.Run(context => throw (context.Request.Path.Value!.EndsWith("/busy", StringComparison.Ordinal)
                ? new RefusalException(ErrorCode.Overloaded, "Busy.") { RetryAfter = TimeSpan.FromSeconds(2.5) }
                : new InvalidOperationException("password=hunter2")));
        };

        private async Task LeaveAsync(HttpContext context)
        {
            context.Response.OnCompleted(() => Task.FromResult(Left.TrySetResult()));
            var gone = new TaskCompletionSource();
            await using var registration = context.RequestAborted.Register(gone.SetResult);
            context.Abort();
            await gone.Task;
            throw new RefusalException(ErrorCode.ContentFilter, "password=hunter2");
        }
    }
}
