using System.Text.Json.Serialization.Metadata;
using LlmConsole.Api.Admin;
using LlmConsole.Core;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace LlmConsole.Api.OpenApi;

/// <summary>What reflection can't see: an optional field is described by the type in it, and money is a number.</summary>
internal sealed class OptionalSchemas : IOpenApiSchemaTransformer
{
    public static string? ReferenceId(JsonTypeInfo type) => Inner(type.Type) is null && Plain(type.Type) != typeof(Usd) ? OpenApiOptions.CreateDefaultSchemaReferenceId(type) : null;

    public async Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        if (Plain(type) == typeof(Usd))
        {
            schema.Type = JsonSchemaType.Number | (type == typeof(Usd?) ? JsonSchemaType.Null : 0);
            schema.Description ??= "US dollars.";
        }

        if (Inner(type) is not { } inner) return;
        var from = await context.GetOrCreateSchemaAsync(inner, null, cancellationToken);
        schema.Type = from.Type;
        schema.Format = from.Format;
        schema.Pattern = from.Pattern;
        schema.Items = from.Items;
        schema.Enum = from.Enum;
        schema.Properties = from.Properties;
        schema.Required = from.Required;
        schema.OneOf = from.OneOf;
        schema.AnyOf = from.AnyOf;
        schema.AllOf = from.AllOf;
    }

    private static Type? Inner(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Optional<>) ? type.GetGenericArguments()[0] : null;

    private static Type Plain(Type type) => Nullable.GetUnderlyingType(type) ?? type;
}
