using System.Net;
using LlmConsole.Api.Errors;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace LlmConsole.Tests.Api.OpenApi;

public sealed partial class OpenApiDocumentTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Document_Always_IsValid31()
    {
        var result = OpenApiDocument.Parse(await TextAsync("/openapi/v1.json"), OpenApiConstants.Json);

        result.Diagnostic!.Errors.ShouldBeEmpty();
        result.Diagnostic.SpecificationVersion.ShouldBe(OpenApiSpecVersion.OpenApi3_1);
        result.Document!.Components!.SecuritySchemes!.Keys.ShouldBe(["bearer", "apiKey"], ignoreOrder: true);
    }

    [Fact]
    public async Task Document_Always_CoversEveryMappedRoute()
    {
        var documented = (await OperationsAsync()).Select(operation => $"{operation.Method} {operation.Path}").ToHashSet();

        var mapped = fixture.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [], (endpoint, method) => (Path: "/" + endpoint.RoutePattern.RawText!.TrimStart('/').Replace("**", ""), method))
            .Where(route => ApiRoutes.IsApiRoute(route.Path, route.method))
            .Select(route => $"{route.method} {route.Path}").Distinct().ToList();

        mapped.Count.ShouldBeGreaterThan(30);
        mapped.Where(route => !documented.Contains(route)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Operations_Always_SayWhatTheyDoWithExamplesAndErrors()
    {
        foreach (var (path, method, operation) in await OperationsAsync())
        {
            var name = $"{method} {path}";
            operation.OperationId.ShouldNotBeNullOrEmpty(name);
            operation.Summary.ShouldNotBeNullOrEmpty(name);
            operation.Description.ShouldNotBeNullOrEmpty(name);
            if (operation.RequestBody is { } body) body.Content!.Values.ShouldAllBe(content => content.Example != null, name);
            var successes = operation.Responses!.Where(response => response.Key[0] == '2').ToList();
            successes.ShouldNotBeEmpty(name);
            foreach (var success in successes.Where(success => success.Key != "204")) success.Value.Content.ShouldNotBeNull(name).Values.ShouldAllBe(content => content.Example != null, name);
            operation.Responses!.Keys.ShouldContain("401", name);
            operation.Responses.Keys.ShouldContain("500", name);
            operation.Responses.Where(response => response.Key[0] is '4' or '5')
                .ShouldAllBe(response => response.Value.Content!["application/json"].Schema is OpenApiSchemaReference, name);
        }
    }

    [Fact]
    public async Task OperationIds_Always_AreUnique() => (await OperationsAsync()).Select(operation => operation.Operation.OperationId).ShouldBeUnique();

    [Fact]
    public async Task Schemas_OfBodies_NameTheTypesThatAreAccepted()
    {
        var document = await DocumentAsync();

        var tier = document.Components!.Schemas!["TierBody"].Properties!;
        tier["requestsPerMinute"].Type.ShouldBe(JsonSchemaType.Integer | JsonSchemaType.Null);
        tier["models"].Type.ShouldBe(JsonSchemaType.Array);
        document.Components.Schemas["ProviderKind"].Enum!.Select(value => value.GetValue<string>()).ShouldContain("openai-compatible");
    }

    [Fact]
    public async Task Docs_Always_AskNobodyElse()
    {
        var html = await TextAsync("/docs/");
        var script = await TextAsync("/docs/scalar.aspnetcore.js");

        html.ShouldContain("\"withDefaultFonts\":false");
        html.ShouldContain("\"telemetry\":false");
        ExternalUrl().Matches(html).ShouldBeEmpty();
        ExternalUrl().Matches(script).ShouldBeEmpty();
        (await fixture.App.Http.GetAsync("/docs/scalar.js", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Docs_SwitchedOff_AreNotThere()
    {
        await using var app = await RunningApp.StartAsync(("Docs:Enabled", "false"));

        foreach (var path in (string[])["/docs", "/docs/", "/docs/errors", "/openapi/v1.json"])
            (await app.Http.GetAsync(path, TestContext.Current.CancellationToken)).StatusCode.ShouldNotBe(HttpStatusCode.OK, path);
    }

    [Fact]
    public async Task Examples_OfBodies_AreAccepted()
    {
        await using var app = await RunningApp.StartAsync();
        var admin = await Api.Admin.AdminClient.OfAsync(app);
        var examples = (await OperationsAsync()).Where(operation => operation.Path.StartsWith("/admin/v1/", StringComparison.Ordinal) && operation.Operation.RequestBody is not null)
            .ToDictionary(operation => $"{operation.Method} {operation.Path}", operation => operation.Operation.RequestBody!.Content!["application/json"].Example!.ToJsonString());

        foreach (var path in (string[])["tiers", "tenants", "keys", "providers", "models", "users"])
        {
            var made = (await admin.PostAsync(path, examples[$"POST /admin/v1/{path}"])).Expect(HttpStatusCode.Created);
            (await admin.PatchAsync($"{path}/{made.Id}", examples[$"PATCH /admin/v1/{path}/{{id}}"])).Expect(HttpStatusCode.OK);
            if (path == "keys") (await admin.PostAsync($"keys/{made.Id}/rotate", examples["POST /admin/v1/keys/{id}/rotate"])).Expect(HttpStatusCode.Created);
        }
    }

    private async Task<IReadOnlyList<(string Path, string Method, OpenApiOperation Operation)>> OperationsAsync() =>
        [.. (await DocumentAsync()).Paths.SelectMany(path => path.Value.Operations!, (path, operation) => (path.Key, operation.Key.Method, operation.Value))];

    private async Task<OpenApiDocument> DocumentAsync() => OpenApiDocument.Parse(await TextAsync("/openapi/v1.json"), OpenApiConstants.Json).Document!;

    private Task<string> TextAsync(string path) => fixture.App.Http.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

    [System.Text.RegularExpressions.GeneratedRegex("""(?:src|href|from|import|url)\s*[=(]?\s*["'(](?:https?:)?//""")]
    private static partial System.Text.RegularExpressions.Regex ExternalUrl();
}
