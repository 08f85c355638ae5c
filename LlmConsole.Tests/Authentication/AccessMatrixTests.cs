using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Authentication;

/// <summary>
/// Walks every endpoint that the app has, as everybody who may come: each opens to those whom the table names, and to nobody else. An endpoint
/// that no row of the table covers fails here, which is the point.
/// </summary>
public sealed partial class AccessMatrixTests(VisitedApp visited) : IClassFixture<VisitedApp>
{
    /// <summary>Whom an endpoint opens to. The first row whose pattern fits decides.</summary>
    private static readonly (string Pattern, Level Level)[] Table =
    [
        (@"^POST /chat$", Level.Caller),
        (@"^GET /admin/v1/requests/\{id\}/body$", Level.Edit),
        (@"^GET /admin/v1/(cache/entries/\{id\}|cache/pairs|jobs/\{id\}/results)$", Level.Edit),
        (@"^\w+ /admin/v1/views", Level.ViewAsUser),
        (@"^GET /admin/v1/", Level.View),
        (@"^\w+ /admin/v1/", Level.Edit),
        (@"^\w+ /v1/", Level.Caller),
        (@"^\w+ /hubs/live", Level.View),
        (@"^(GET|POST) /admin/playground$", Level.Edit),
        (@"^(GET|POST) /admin(/|$)", Level.View),
        (@"^\w+ /setup/provider$", Level.Own),
        (@"^(GET|POST) (/|/chat(/\{conversationid\})?|/account)$", Level.SignedIn),
        (@"^\w+ /_blazor", Level.SignedIn),
        (@"^(GET|POST) (/setup|/account/sign-in|/not-found)$", Level.Everyone),
        (@"^(GET|ANY) (/health/live|/health/ready|/metrics|/openapi/\{documentname\}\.json|/docs(/.*)?)$", Level.Everyone),
        (@"^(GET|HEAD) /\{\*\*path:file\}$", Level.Everyone),
        (@"^GET /chat/\{conversationid\}/export/", Level.SignedIn),
        (@"^POST /account/sign-out$", Level.Everyone),
        (@"^GET /account/denied$", Level.Nobody),
        (@"^POST /account/denied$", Level.Everyone),
        (@"^GET /_framework/opaque-redirect$", Level.SignedIn),
    ];

    [Fact]
    public async Task Endpoints_All_OpenToWhomTheTableNamesAndToNobodyElse()
    {
        var endpoints = Endpoints();
        endpoints.Count.ShouldBeGreaterThan(80);
        endpoints.Where(endpoint => LevelOf(endpoint) is null).ShouldBeEmpty();

        var wrong = new List<string>();
        foreach (var (method, path) in endpoints)
        {
            var level = LevelOf((method, path))!.Value;
            foreach (var visitor in visited.Visitors)
            {
                using var answer = await SendAsync(visitor.Client, method, Filled(path));
                var status = (int)answer.StatusCode;
                var isRefused = status is 401 or 403 || (status == 302 && answer.Headers.Location!.ToString() is var to && (to.Contains("/account/sign-in", StringComparison.Ordinal) || to.Contains("/account/denied", StringComparison.Ordinal)));
                if (isRefused == visitor.IsAllowed(level, path) || status >= 500) wrong.Add($"{method} {path} as {visitor.Who}: {status}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/v1/forgotten")]
    [InlineData("/forgotten")]
    public async Task Endpoint_ThatNobodySaidAnythingOf_IsClosedToStrangers(string path)
    {
        await using var app = await RunningApp.StartAsync(services => services.AddSingleton<IStartupFilter>(new Forgotten(path)));

        using var answer = await app.Http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        answer.Headers.Location!.ToString().ShouldContain("/account/sign-in");
    }

    private static Level? LevelOf((string Method, string Path) endpoint) =>
        Table.Where(row => Regex.IsMatch($"{endpoint.Method} {endpoint.Path}", row.Pattern)).Select(row => (Level?)row.Level).FirstOrDefault();

    /// <summary>Method and pattern of all but files, lower case.</summary>
    private List<(string Method, string Path)> Endpoints() =>
    [
        .. from endpoint in visited.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
           where endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is null
           from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["ANY"]
           select (method, "/" + endpoint.RoutePattern.RawText!.TrimStart('/').ToLowerInvariant()) into pair
           orderby pair.Item2, pair.method
           select pair,
    ];

    /// <summary>The pattern with every parameter filled by something that isn't there.</summary>
    private static string Filled(string path) => Parameter().Replace(path, match => match.Value.Contains("markdown", StringComparison.Ordinal) ? "json" : "nothing").TrimEnd('/') is { Length: > 0 } filled ? filled : "/";

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string method, string path)
    {
        var request = new HttpRequestMessage(new HttpMethod(method == "ANY" ? "GET" : method), path);
        request.Headers.Add("Sec-Fetch-Site", "same-origin");
        if (request.Method == HttpMethod.Post || request.Method == HttpMethod.Put || request.Method == HttpMethod.Patch) request.Content = new StringContent("[]", Encoding.UTF8, "application/json");
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    /// <summary>Matches a path to an endpoint that bears no word on who may use it.</summary>
    private sealed class Forgotten(string path) : IStartupFilter
    {
        private readonly RouteEndpoint _endpoint = new(context => context.Response.WriteAsync("open"), RoutePatternFactory.Parse(path), 0, EndpointMetadataCollection.Empty, null);

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, following) =>
            {
                if (context.Request.Path == path) context.SetEndpoint(_endpoint);
                return following(context);
            });
            next(app);
        };
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
