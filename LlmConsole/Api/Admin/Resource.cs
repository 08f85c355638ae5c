using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Api.Admin;

/// <summary>What a body is applied on: the configuration as it is, the moment, and the way to encrypt.</summary>
internal sealed record Edit(ConfigurationSnapshot Snapshot, DateTimeOffset Now, ISecretProtector Secrets);

/// <summary>A body that can be applied to an object: to an empty one it creates, to an existing one it changes the fields that were sent.</summary>
internal interface IBody<T>
{
    T ApplyTo(T item, Edit edit);
}

/// <summary>A kind of configured object as the API offers it.</summary>
/// <param name="Noun">Such as <c>tier</c>.</param>
/// <param name="Path">Such as <c>tiers</c>.</param>
/// <param name="Filters">The query parameters of its list, beside limit and after.</param>
internal sealed record Resource<T, TView>(string Noun, string Path, params string[] Filters)
    where T : class, IConfigured
{
    public required Func<ConfigurationSnapshot, IEnumerable<T>> All { get; init; }

    /// <summary>By id, or by name where names are unique.</summary>
    public required Func<ConfigurationSnapshot, string, T?> Find { get; init; }

    public required Func<T, ConfigurationSnapshot, DateTimeOffset, TView> View { get; init; }

    /// <summary>Whether an object passes the filters of a list.</summary>
    public Func<T, Query, ConfigurationSnapshot, DateTimeOffset, bool> Matches { get; init; } = (_, _, _, _) => true;

    public T Require(ConfigurationSnapshot snapshot, string id) =>
        Find(snapshot, id) ?? throw new RefusalException(ErrorCode.NotFound, $"There is no {Noun} {id}. GET /admin/v1/{Path} lists those that exist.");
}

/// <summary>The five operations on a kind of object, the same for all kinds.</summary>
internal sealed class Resources(ConfigurationStore store, ConfigurationEditor editor, ISecretProtector secrets, TimeProvider time)
{
    public Page<TView> List<T, TView>(Resource<T, TView> resource, Query query) where T : class, IConfigured
    {
        var snapshot = store.Current;
        var now = time.GetUtcNow();
        return Page.Of(resource.All(snapshot).Where(item => resource.Matches(item, query, snapshot, now)), query, item => resource.View(item, snapshot, now));
    }

    public T Find<T, TView>(Resource<T, TView> resource, string id) where T : class, IConfigured => resource.Require(store.Current, id);

    public async Task<T> CreateAsync<T>(T blank, IBody<T> body, HttpContext context) where T : class, IConfigured
    {
        var made = blank;
        await editor.SaveAsync(Actor(context), snapshot => [Change.Put(made = body.ApplyTo(blank, Apply(snapshot)))], context.RequestAborted);
        return made;
    }

    public async Task<T> ChangeAsync<T, TView>(Resource<T, TView> resource, string id, IBody<T> body, HttpContext context) where T : class, IConfigured
    {
        T? changed = null;
        await editor.SaveAsync(Actor(context), snapshot =>
        {
            var current = resource.Require(snapshot, id);
            changed = body.ApplyTo(current, Apply(snapshot));
            return changed.Equals(current) ? [] : [Change.Put(changed)];
        }, context.RequestAborted);
        return changed!;
    }

    public Task DeleteAsync<T, TView>(Resource<T, TView> resource, string id, HttpContext context) where T : class, IConfigured =>
        editor.SaveAsync(Actor(context), snapshot => snapshot.ToRemove(resource.Require(snapshot, id)), context.RequestAborted);

    public TView View<T, TView>(Resource<T, TView> resource, T item) where T : class, IConfigured => resource.View(item, store.Current, time.GetUtcNow());

    /// <summary>Whom the audit log names.</summary>
    public static Actor Actor(HttpContext context) => context.User.ToActor(context.Connection.RemoteIpAddress?.ToString());

    private Edit Apply(ConfigurationSnapshot snapshot) => new(snapshot, time.GetUtcNow(), secrets);
}
