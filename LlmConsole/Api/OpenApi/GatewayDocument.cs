using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace LlmConsole.Api.OpenApi;

/// <summary>Completes the document: its head, how to authenticate, the errors, and the gateway's operations, which read raw bodies and are described by hand in gateway.json.</summary>
internal sealed class GatewayDocument : IOpenApiDocumentTransformer
{
    private const string Bearer = "bearer";
    private const string ApiKey = "apiKey";

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "LlmConsole",
            Version = "v1",
            Description = "A gateway to language models with OpenAI's chat API, and the REST API of its console. Every answer carries `x-request-id`; every error has the same body, explained at [/docs/errors](/docs/errors).",
        };

        // Relative to where the document was read, so that it is right behind any proxy.
        document.Servers = [new OpenApiServer { Url = "/" }];
        AddSecurity(document);
        AddHandWritten(document);
        ErrorResponses.AddComponents(document);
        document.Tags = new HashSet<OpenApiTag>(Operations(document).SelectMany(operation => operation.Tags ?? new HashSet<OpenApiTagReference>())
            .Select(tag => tag.Name!).Distinct().Select(name => new OpenApiTag { Name = name }));
        return Task.CompletedTask;
    }

    private static void AddSecurity(OpenApiDocument document)
    {
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key (`llmc_live_…`) or a JWT of a configured issuer; for `/admin/v1` an admin key (`llmc_admin_…`)." },
            [ApiKey] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "x-api-key", Description = "The same keys in their own header." },
        };
        document.Security =
        [
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] },
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(ApiKey, document)] = [] },
        ];
    }

    private static void AddHandWritten(OpenApiDocument document)
    {
        var written = Read();
        document.Components!.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        foreach (var (name, schema) in written.Components!.Schemas!) document.Components.Schemas[name] = schema;
        foreach (var (path, item) in written.Paths)
        {
            // What isn't mapped isn't documented.
            if (!document.Paths.ContainsKey(path)) continue;
            document.Paths[path] = item;
            foreach (var operation in item.Operations!.Values) AddErrors(operation, document);
        }
    }

    private static void AddErrors(OpenApiOperation operation, OpenApiDocument document)
    {
        var isQuestion = operation.RequestBody is not null;
        foreach (var status in ErrorCode.All.Select(code => code.Status).Distinct().Order())
        {
            var can = status is 401 or 403 or 404 or 500 || (isQuestion && status is not (405 or 431));
            if (can) ErrorResponses.Add(operation, status, document);
        }
    }

    private static IEnumerable<OpenApiOperation> Operations(OpenApiDocument document) => document.Paths.Values.SelectMany(path => path.Operations?.Values.AsEnumerable() ?? []);

    private static OpenApiDocument Read()
    {
        using var stream = typeof(GatewayDocument).Assembly.GetManifestResourceStream("gateway.json")!;
        using var text = new StreamReader(stream);
        return OpenApiDocument.Parse(text.ReadToEnd(), OpenApiConstants.Json).Document!;
    }
}
