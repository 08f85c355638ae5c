using LlmConsole.Authentication;
using LlmConsole.Core.Bodies;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

/// <summary>What was asked and answered, of tenants that keep it. Looking at it is written into the audit log.</summary>
internal static class BodiesEndpoints
{
    private const string Example =
        """{"object":"request_body","id":"req_01kb2hd9r4t6y8v0b3n5m7q1xc","request":{"model":"fast","messages":[{"role":"user","content":"Write to [e-mail]"}]},"response":{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Done."},"finish_reason":"stop"}]},"requestBytes":92,"responseBytes":310,"expiresAt":"2027-02-07T09:35:00Z"}""";

    public static void MapBodies(this RouteGroupBuilder admin)
    {
        admin.MapGet("requests/{id}/body", GetAsync).RequireAuthorization(Access.Edit).WithMetadata(new OperationDoc(
            "get-request-body", "Get what was asked and answered", "The request and the answer of one call, masked as the tenant's policy says. They are kept only of tenants whose bodies are on, until their time is over. Each look is written into the audit log.")
        {
            Tag = "Admin: requests", Response = Example,
        });

        admin.MapDelete("tenants/{id}/bodies", DeleteAsync).RequireAuthorization(Access.Edit).WithMetadata(new OperationDoc(
            "delete-bodies", "Delete what is kept of a tenant's calls", "Deletes the requests and answers that are kept of all of the tenant's calls. The calls stay in the books.")
        {
            Tag = "Admin: tenants",
        });
    }

    private static async Task<Ok<RequestBodyView>> GetAsync(string id, HttpContext context, KeptBodies bodies, ConfigurationEditor editor)
    {
        var body = await bodies.FindAsync(id, context.RequestAborted)
            ?? throw new RefusalException(ErrorCode.NotFound, $"Nothing is kept of the request {id}: its tenant keeps no bodies, it was made before, or its time is over.");
        await editor.AuditAsync(Resources.Actor(context), KeptBodies.View, KeptBodies.Kind, id, id, null, null, context.RequestAborted);
        return TypedResults.Ok(RequestBodyView.From(body));
    }

    private static async Task<NoContent> DeleteAsync(string id, HttpContext context, KeptBodies bodies, ConfigurationEditor editor)
    {
        var deleted = await bodies.DeleteAsync(id, context.RequestAborted);
        await editor.AuditAsync(Resources.Actor(context), "delete", KeptBodies.Kind, id, $"{deleted} calls", null, null, context.RequestAborted);
        return TypedResults.NoContent();
    }
}
