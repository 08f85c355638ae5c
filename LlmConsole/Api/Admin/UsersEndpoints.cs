using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

internal static class UsersEndpoints
{
    private static readonly ResourceDocs Docs = new(
        "Admin: users",
        "A user signs in with a browser. The role says what for: owner (everything), admin (edits the configuration), viewer (sees the console), member (chats, for one tenant). Only an owner touches owners, and an admin key acts as an admin.",
        """{"email":"ada@example.com","password":"correct horse battery","role":"member","tenant":"Acme"}""",
        """{"role":"viewer","disabled":false}""",
        """{"object":"user","id":"usr_01kb2h8m5pn0q6w7t2z4y9x3ra","email":"ada@example.com","role":"member","tenant":"Acme","tenantId":"ten_01kb2h8m5pn0q6w7t2z4y9x3ra","disabled":false,"createdAt":"2027-01-31T09:31:00Z"}""")
    {
        OnCreate = "E-mail address, password and role are needed; a member needs a tenant too, by name or id.",
        OnDelete = "Ends the user's sessions and removes their conversations. The last owner can't be deleted.",
    };

    public static void MapUsers(this RouteGroupBuilder admin)
    {
        admin.MapGet("users", ListAsync).WithMetadata(Docs.List("users", []));
        admin.MapGet("users/{id}", GetAsync).WithMetadata(Docs.Get("user"));
        admin.MapPost("users", CreateAsync).RequireAuthorization(Access.Edit).WithMetadata(Docs.Create("user"));
        admin.MapPatch("users/{id}", ChangeAsync).RequireAuthorization(Access.Edit).WithMetadata(Docs.Change("user"));
        admin.MapDelete("users/{id}", DeleteAsync).RequireAuthorization(Access.Edit).WithMetadata(Docs.Delete("user"));
    }

    private static async Task<Ok<Page<UserView>>> ListAsync(HttpRequest request, UserDirectory users, ConfigurationStore store)
    {
        var query = new Query(request);
        var all = await users.ListAsync(request.HttpContext.RequestAborted);
        return TypedResults.Ok(Page.Of(all.Select(user => UserView.From(user, store.Current)), query, view => view));
    }

    private static async Task<Ok<UserView>> GetAsync(string id, UserDirectory users, ConfigurationStore store, HttpContext context) =>
        TypedResults.Ok(UserView.From(await users.GetAsync(id, context.RequestAborted), store.Current));

    private static async Task<Created<UserView>> CreateAsync(Body<UserBody> body, UserDirectory users, ConfigurationStore store, HttpContext context)
    {
        var user = await users.CreateAsync(Editor(context), body.Value.ToNew(store.Current), context.RequestAborted);
        return TypedResults.Created($"/admin/v1/users/{user.Id}", UserView.From(user, store.Current));
    }

    private static async Task<Ok<UserView>> ChangeAsync(string id, Body<UserBody> body, UserDirectory users, ConfigurationStore store, HttpContext context)
    {
        var change = body.Value;
        if (change.Password.IsSent && UserRules.Password(change.Password.Value) is { } problem) throw new ConfigurationInvalidException([problem]);
        var user = await users.UpdateAsync(Editor(context), id, current => change.ApplyTo(current, store.Current), context.RequestAborted);
        if (change.Password.IsSent) await users.SetPasswordAsync(Editor(context), id, change.Password.Value!, context.RequestAborted);
        return TypedResults.Ok(UserView.From(user, store.Current));
    }

    private static async Task<NoContent> DeleteAsync(string id, UserDirectory users, HttpContext context)
    {
        await users.DeleteAsync(Editor(context), id, context.RequestAborted);
        return TypedResults.NoContent();
    }

    private static UserEditor Editor(HttpContext context) => new(Resources.Actor(context), context.User.Role());
}
