using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

internal static class KeysEndpoints
{
    private const string Example =
        """{"object":"key","id":"key_01kb2h9a7qd3s5v8x1c4b6n0me","name":"Web shop","kind":"live","tenant":"Acme","tenantId":"ten_01kb2h8m5pn0q6w7t2z4y9x3ra","masked":"llmc_live_…k3Qz","lastFour":"k3Qz","status":"active","createdAt":"2027-01-31T09:32:00Z","expiresAt":null,"revokedAt":null,"models":[],"requestsPerMinute":60}""";

    private static readonly string Issued = Example[..^1] + ""","key":"llmc_live_EXAMPLEexampleEXAMPLEexampleEXAMP000k3Qz"}""";

    private static readonly Resource<ApiKey, KeyView> Keys = new("key", "keys", "tenant", "status", "kind")
    {
        All = snapshot => snapshot.Keys.Values,
        Find = (snapshot, id) => snapshot.Keys.GetValueOrDefault(id),
        View = KeyView.From,
        Matches = (key, query, snapshot, now) =>
            (query.Text("tenant") is not { } tenant || key.TenantId == (snapshot.FindTenant(tenant)?.Id ?? tenant))
            && (query.Choice<ApiKeyKind>("kind") is not { } kind || key.Kind == kind)
            && (query.Choice<KeyStatus>("status") is not { } status || key.StatusAt(now) == status),
    };

    private static readonly ResourceDocs Docs = new(
        "Admin: keys",
        "A key calls models in the name of a tenant, or uses this API (kind admin). Only its hash is stored: the key itself is in the answer that creates it and nowhere else.",
        """{"tenant":"Acme","name":"Web shop","requestsPerMinute":60}""",
        """{"expiresAt":"2027-06-30T00:00:00Z","models":["gpt-4o*"]}""",
        Example);

    public static void MapKeys(this RouteGroupBuilder admin)
    {
        admin.MapReads(Keys, Docs);
        admin.MapChange<ApiKey, KeyChange, KeyView>(Keys, Docs).AddEndpointFilter(RequireOwnerForAdminKeyAsync);

        admin.MapPost("keys", CreateAsync).RequireAuthorization(Access.Edit)
            .WithMetadata(Docs.Create("key") with { Response = Issued, Description = Docs.About + " Name and tenant are needed, the tenant by name or id. Only an owner may create an admin key, which has no tenant." });

        admin.MapPost("keys/{id}/rotate", RotateAsync).RequireAuthorization(Access.Edit).AddEndpointFilter(RequireOwnerForAdminKeyAsync)
            .WithMetadata(new OperationDoc("rotate-key", "Rotate one key", "Issues a successor with the same settings, its expiry included. The old key works for overlapSeconds longer (a day if it isn't sent), then it is refused with key_expired. Both count against the same limits and budgets.")
            {
                Tag = Docs.Tag, Request = """{"overlapSeconds":86400}""", Response = Issued,
            });

        admin.MapDelete("keys/{id}", RevokeAsync).RequireAuthorization(Access.Edit).AddEndpointFilter(RequireOwnerForAdminKeyAsync)
            .WithMetadata(new OperationDoc("revoke-key", "Revoke one key", "The key is refused from now on. Its row stays, with status revoked; revoking it again changes nothing.") { Tag = Docs.Tag });
    }

    private static async Task<Created<IssuedKeyView>> CreateAsync(Body<KeyBody> body, Resources resources, IAuthorizationService authorization, TimeProvider time, HttpContext context)
    {
        var kind = body.Value.Kind.Or(ApiKeyKind.Live);
        if (kind == ApiKeyKind.Admin) await RequireOwnerAsync(authorization, context);
        var issued = IssuedKey.Create(kind, "", null, time);
        return Answer(resources, issued with { Key = await resources.CreateAsync(issued.Key, body.Value, context) });
    }

    private static async Task<Created<IssuedKeyView>> RotateAsync(string id, Body<KeyRotate> body, Resources resources, ConfigurationEditor editor, TimeProvider time, HttpContext context) =>
        Answer(resources, await editor.RotateKeyAsync(Resources.Actor(context), resources.Find(Keys, id), body.Value.Overlap, time, context.RequestAborted));

    private static async Task<NoContent> RevokeAsync(string id, Resources resources, ConfigurationEditor editor, TimeProvider time, HttpContext context)
    {
        await editor.RevokeKeyAsync(Resources.Actor(context), resources.Find(Keys, id), time, context.RequestAborted);
        return TypedResults.NoContent();
    }

    private static Created<IssuedKeyView> Answer(Resources resources, IssuedKey issued) =>
        TypedResults.Created($"/admin/v1/keys/{issued.Key.Id}", new IssuedKeyView(resources.View(Keys, issued.Key), issued.Text));

    // Whoever can lengthen, replace or end an admin key rules over it.
    private static async ValueTask<object?> RequireOwnerForAdminKeyAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        var key = context.RequestServices.GetRequiredService<Resources>().Find(Keys, (string)context.Request.RouteValues["id"]!);
        if (key.Kind == ApiKeyKind.Admin) await RequireOwnerAsync(context.RequestServices.GetRequiredService<IAuthorizationService>(), context);
        return await next(invocation);
    }

    private static async Task RequireOwnerAsync(IAuthorizationService authorization, HttpContext context)
    {
        if (!(await authorization.AuthorizeAsync(context.User, Access.Own)).Succeeded)
            throw new RefusalException(ErrorCode.PermissionDenied, "Only an owner may create or change an admin key. Ask one to do it.");
    }
}
