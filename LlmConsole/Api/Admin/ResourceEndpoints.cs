using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

/// <summary>
/// Maps the operations of a resource. The code that binds and answers is generated when the app is compiled, which signatures with type parameters would prevent:
/// what they take and return is said beside them.
/// </summary>
internal static class ResourceEndpoints
{
    /// <summary>List, one, create, change and delete under <c>/admin/v1/{path}</c>; <paramref name="blank"/> makes an object with a new id and nothing else set.</summary>
    public static void MapResource<T, TBody, TView>(this RouteGroupBuilder admin, Resource<T, TView> resource, ResourceDocs docs, Func<TimeProvider, T> blank)
        where T : class, IConfigured
        where TBody : class, IBody<T>
    {
        admin.MapReads(resource, docs);
        admin.MapChange<T, TBody, TView>(resource, docs);

        admin.MapPost(resource.Path, async Task<IResult> (Resources resources, TimeProvider time, HttpContext context) =>
            {
                var made = await resources.CreateAsync(blank(time), await Body<TBody>.ReadAsync(context), context);
                return TypedResults.Created($"/admin/v1/{resource.Path}/{made.Id}", resources.View(resource, made));
            })
            .Accepts<TBody>("application/json").Produces<TView>(StatusCodes.Status201Created).RequireAuthorization(Access.Edit).WithMetadata(docs.Create(resource.Noun));

        admin.MapDelete($"{resource.Path}/{{id}}", async Task<NoContent> (string id, Resources resources, HttpContext context) =>
            {
                await resources.DeleteAsync(resource, id, context);
                return TypedResults.NoContent();
            })
            .RequireAuthorization(Access.Edit).WithMetadata(docs.Delete(resource.Noun));
    }

    public static void MapReads<T, TView>(this RouteGroupBuilder admin, Resource<T, TView> resource, ResourceDocs docs) where T : class, IConfigured
    {
        admin.MapGet(resource.Path, IResult (HttpRequest request, Resources resources) => TypedResults.Ok(resources.List(resource, new Query(request, resource.Filters))))
            .Produces<Page<TView>>().WithMetadata(docs.List(resource.Path, resource.Filters));

        admin.MapGet($"{resource.Path}/{{id}}", IResult (string id, Resources resources) => TypedResults.Ok(resources.View(resource, resources.Find(resource, id))))
            .Produces<TView>().WithMetadata(docs.Get(resource.Noun));
    }

    public static RouteHandlerBuilder MapChange<T, TBody, TView>(this RouteGroupBuilder admin, Resource<T, TView> resource, ResourceDocs docs)
        where T : class, IConfigured
        where TBody : class, IBody<T> =>
        admin.MapPatch($"{resource.Path}/{{id}}", async Task<IResult> (string id, Resources resources, HttpContext context) =>
                TypedResults.Ok(resources.View(resource, await resources.ChangeAsync(resource, id, await Body<TBody>.ReadAsync(context), context))))
            .Accepts<TBody>("application/json").Produces<TView>().RequireAuthorization(Access.Edit).WithMetadata(docs.Change(resource.Noun));
}
