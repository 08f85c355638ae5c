using LlmConsole.Authentication;
using LlmConsole.Core.Views;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

/// <summary>A user's own saved views, as the menu <i>Views</i> of a list shows them.</summary>
internal static class ViewsEndpoints
{
    private const string Tag = "Admin: views";
    private const string About = "A view is the filters, columns and order of a list of the console, which a user saved under a name. Each user sees only their own: an admin key has none.";
    private const string Example = """{"object":"view","id":"view_01kb2hn4q8s1v5x9z3b6d0f2gh","name":"Refused","path":"/admin/requests","query":"status=429","createdAt":"2027-01-31T09:41:00Z"}""";

    private static readonly string[] Filters = ["path"];

    public static void MapViews(this RouteGroupBuilder admin)
    {
        admin.MapGet("views", ListAsync).WithMetadata(new OperationDoc("list-views", "List views", $"{About} Oldest first; path narrows to one list.")
        {
            Tag = Tag, IsList = true, Filters = Filters, Response = $$"""{"object":"list","data":[{{Example}}],"has_more":false,"next":null}""",
        });

        admin.MapPost("views", SaveAsync).Accepts<ViewBody>("application/json").WithMetadata(new OperationDoc("save-view", "Save one view", $"{About} One of the same list and name becomes this one.")
        {
            Tag = Tag, Request = """{"name":"Refused","path":"/admin/requests","query":"status=429"}""", Response = Example,
        });

        admin.MapDelete("views/{id}", DeleteAsync).WithMetadata(new OperationDoc("delete-view", "Delete one view", "One's own alone.") { Tag = Tag });
    }

    private static async Task<Ok<Page<ViewView>>> ListAsync(HttpContext context, SavedViews views)
    {
        var (user, query) = (UserOf(context), new Query(context.Request, Filters));
        var found = await views.ListAsync(user, query.Text("path"), context.RequestAborted);
        var rows = found.Where(view => query.After is not { } after || string.CompareOrdinal(view.Id, after) > 0).OrderBy(view => view.Id, StringComparer.Ordinal).Take(query.Limit + 1).ToList();
        return TypedResults.Ok(new Page<ViewView>([.. rows.Take(query.Limit).Select(ViewView.From)], rows.Count > query.Limit ? rows[query.Limit - 1].Id : null));
    }

    private static async Task<Created<ViewView>> SaveAsync(HttpContext context, SavedViews views)
    {
        var (user, body) = (UserOf(context), await Body<ViewBody>.ReadAsync(context));
        var saved = await views.SaveAsync(user, body.Path ?? SavedViews.Requests, body.Name, body.Query?.TrimStart('?') ?? "", context.RequestAborted);
        return TypedResults.Created($"/admin/v1/views/{saved.Id}", ViewView.From(saved));
    }

    private static async Task<NoContent> DeleteAsync(string id, HttpContext context, SavedViews views) =>
        await views.DeleteAsync(UserOf(context), id, context.RequestAborted) ? TypedResults.NoContent() : throw new RefusalException(ErrorCode.NotFound, $"You have no view {id}.");

    private static string UserOf(HttpContext context) => !context.User.HasClaim(claim => claim.Type == Access.ActorKindClaim)
        ? context.User.Id()
        : throw new RefusalException(ErrorCode.PermissionDenied, "Views belong to users, and an admin key is none. Call this with the session of a signed-in user.");
}

/// <summary>A view as it is sent.</summary>
internal sealed record ViewBody
{
    /// <summary>At most 60 characters.</summary>
    public string? Name { get; init; }

    /// <summary>The list, as its page's path; the requests if it isn't sent.</summary>
    public string? Path { get; init; }

    /// <summary>What follows the path in the page's URL, at most 2,000 characters.</summary>
    public string? Query { get; init; }
}

/// <summary>A saved view.</summary>
internal sealed record ViewView(string Object, string Id, string Name, string Path, string Query, DateTimeOffset CreatedAt)
{
    public static ViewView From(SavedView view) => new("view", view.Id, view.Name, view.Path, view.Query, view.CreatedAt);
}
