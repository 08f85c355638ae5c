using System.Globalization;
using System.Text.Json.Nodes;
using LlmConsole.Api.Admin;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace LlmConsole.Api.OpenApi;

/// <summary>Adds to each operation what its <see cref="OperationDoc"/> says, and the errors that it can answer.</summary>
internal sealed class DocumentedOperations : IOpenApiOperationTransformer
{
    private static readonly int[] OfAll = [401, 403, 429, 500];
    private static readonly int[] OfBodies = [400, 408, 409, 413, 415];
    private static readonly int[] OfLists = [400];
    private static readonly int[] OfDeletes = [404, 409];

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<OperationDoc>().LastOrDefault() is not { } doc) return Task.CompletedTask;
        operation.OperationId = doc.Id;
        operation.Summary = doc.Summary;
        operation.Description = doc.Description;
        operation.Tags = new HashSet<OpenApiTagReference> { new(doc.Tag, context.Document) };
        if (doc.IsList) AddPaging(operation, doc);
        AddFilters(operation, doc);
        AddExamples(operation, doc);
        foreach (var status in Errors(operation, doc, context.Description.HttpMethod)) ErrorResponses.Add(operation, status, context.Document!);
        return Task.CompletedTask;
    }

    private static IEnumerable<int> Errors(OpenApiOperation operation, OperationDoc doc, string? method) =>
    [
        .. OfAll.Where(status => status != 429),
        .. operation.RequestBody is null ? [] : OfBodies,
        .. doc.IsList || doc.Filters.Count > 0 ? OfLists : [],
        .. operation.Parameters is { } parameters && parameters.Any(parameter => parameter.In == ParameterLocation.Path) ? [404] : Array.Empty<int>(),
        .. method == HttpMethods.Delete ? OfDeletes : [],
    ];

    private static void AddPaging(OpenApiOperation operation, OperationDoc doc)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(Parameter("limit", $"How many to return, 1 to {doc.MaxLimit}.", new OpenApiSchema
        {
            Type = JsonSchemaType.Integer, Minimum = "1", Maximum = doc.MaxLimit.ToString(CultureInfo.InvariantCulture), Default = doc.DefaultLimit,
        }));
        operation.Parameters.Add(Parameter("after", "The next of the page before.", new OpenApiSchema { Type = JsonSchemaType.String }));
    }

    private static void AddFilters(OpenApiOperation operation, OperationDoc doc)
    {
        if (doc.Filters.Count > 0) operation.Parameters ??= [];
        foreach (var filter in doc.Filters) operation.Parameters!.Add(Parameter(filter, $"Only those with this {filter}.", new OpenApiSchema { Type = JsonSchemaType.String }));
    }

    private static OpenApiParameter Parameter(string name, string description, OpenApiSchema schema) =>
        new() { Name = name, In = ParameterLocation.Query, Description = description, Schema = schema };

    private static void AddExamples(OpenApiOperation operation, OperationDoc doc)
    {
        if (doc.Request is { } request && operation.RequestBody?.Content?.Values.FirstOrDefault() is { } body) body.Example = JsonNode.Parse(request);
        foreach (var (status, response) in operation.Responses ?? [])
        {
            if (status[0] == '2' && doc.Response is { } example && response.Content?.Values.FirstOrDefault() is { } content) content.Example = JsonNode.Parse(example);
        }
    }
}

/// <summary>The error answers, one component per status with an example per code.</summary>
internal static class ErrorResponses
{
    public static void AddComponents(OpenApiDocument document)
    {
        document.Components ??= new OpenApiComponents();
        document.Components.Responses ??= new Dictionary<string, IOpenApiResponse>();
        foreach (var codes in ErrorCode.All.GroupBy(code => code.Status)) document.Components.Responses[Name(codes.Key)] = Response([.. codes], document);
    }

    public static void Add(OpenApiOperation operation, int status, OpenApiDocument document)
    {
        operation.Responses ??= [];
        operation.Responses[status.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponseReference(Name(status), document);
    }

    private static string Name(int status) => $"Error{status}";

    private static OpenApiResponse Response(IReadOnlyList<ErrorCode> codes, OpenApiDocument document) => new()
    {
        Description = string.Join(", ", codes.Select(code => code.Code)),
        Content = new Dictionary<string, OpenApiMediaType>
        {
            ["application/json"] = new()
            {
                Schema = new OpenApiSchemaReference("Error", document),
                Examples = codes.ToDictionary(code => code.Code, code => (IOpenApiExample)new OpenApiExample { Value = Example(code) }),
            },
        },
    };

    private static JsonObject Example(ErrorCode code) => new()
    {
        ["error"] = new JsonObject
        {
            ["message"] = "What happened, why, and what to do.",
            ["type"] = code.Type,
            ["param"] = code == ErrorCode.InvalidValue ? "name" : null,
            ["code"] = code.Code,
            ["request_id"] = "req_01kb2hd9r4t6y8v0b3n5m7q1xc",
            ["doc_url"] = $"https://llm.example.com/docs/errors#{code.Code}",
        },
    };
}
