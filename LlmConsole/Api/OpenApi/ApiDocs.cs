using LlmConsole.Api.Errors;
using LlmConsole.Components;
using LlmConsole.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace LlmConsole.Api.OpenApi;

/// <summary>The API's documentation for programs (<c>/openapi/v1.json</c>) and people (<c>/docs</c>, <c>/docs/errors</c>); off with <c>Docs:Enabled=false</c>.</summary>
internal static class ApiDocs
{
    public static void AddApiDocs(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.ShouldInclude = description => ApiRoutes.IsApiRoute(description.RelativePath, description.HttpMethod);
        options.CreateSchemaReferenceId = OptionalSchemas.ReferenceId;
        options.AddSchemaTransformer<OptionalSchemas>();
        options.AddOperationTransformer<DocumentedOperations>();
        options.AddDocumentTransformer<GatewayDocument>();
    });

    public static void MapApiDocs(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<Settings>().DocsEnabled) return;
        app.MapOpenApi().AllowAnonymous();
        app.MapScalarApiReference("/docs", Configure).AllowAnonymous();
        app.MapGet("/docs/errors", IResult () => new RazorComponentResult<ErrorsPage>()).AllowAnonymous().ExcludeFromDescription();
    }

    // Nothing but this origin is asked: the script is the package's own, and fonts, proxy, telemetry and AI features are off. PageHeaders lets the page's own scripts run by their nonce.
    private static void Configure(ScalarOptions options) => options
        .WithTitle("LlmConsole API")
        .WithNonce()
        .AddDocument("v1")
        .DisableDefaultFonts()
        .DisableTelemetry()
        .DisableAgent()
        .DisableMcp()
        .HideClientButton()
        .HideDeveloperTools()
        .HideModels()
        .WithProxy("");
}
