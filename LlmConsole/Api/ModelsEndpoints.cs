using System.Text.Json.Serialization;
using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Api;

/// <summary>The models that a caller may use, in OpenAI's shape.</summary>
internal static class ModelsEndpoints
{
    public static void MapModelsApi(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/models", ListAsync).AsCallersApi("listModels").WithMetadata(new OpenToClientTokens());
        app.MapGet("/v1/models/{**id}", FindAsync).AsCallersApi("retrieveModel").WithMetadata(new OpenToClientTokens());
    }

    private static async Task<ModelList> ListAsync(HttpContext context, CallerResolver callers)
    {
        var caller = await callers.ResolveAsync(context, context.RequestAborted);
        return new ModelList("list", [.. caller.UsableModels().Select(ModelObject.Of)]);
    }

    private static async Task<ModelObject> FindAsync(HttpContext context, string id, CallerResolver callers)
    {
        // Clients escape the slash of a name such as simulator/echo, and routing leaves exactly that escape in place.
        id = id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var caller = await callers.ResolveAsync(context, context.RequestAborted);
        return caller.Snapshot.FindModel(id) is { } model && caller.MayUse(id)
            ? ModelObject.Of(model) with { Id = id }
            : throw new RefusalException(ErrorCode.ModelNotFound, $"There is no model named {id} for you. GET /v1/models lists those that you may use.", "model");
    }
}

/// <summary>A list in OpenAI's shape.</summary>
internal sealed record ModelList(string Object, IReadOnlyList<ModelObject> Data);

/// <summary>One model in OpenAI's shape.</summary>
internal sealed record ModelObject(string Id, string Object, long Created, [property: JsonPropertyName("owned_by")] string OwnedBy)
{
    public static ModelObject Of(Model model) => new(model.Name, "model", model.CreatedAt.ToUnixTimeSeconds(), "llmconsole");
}
