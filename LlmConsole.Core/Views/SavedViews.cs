using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Views;

/// <summary>The views that users saved. Each sees only their own, wherever they sign in.</summary>
public sealed class SavedViews(IDbContextFactory<LlmConsoleDbContext> contexts, TimeProvider time)
{
    /// <summary>The list whose views can be saved, as its page's path.</summary>
    public const string Requests = "/admin/requests";

    public const int LongestName = 60;
    public const int LongestQuery = 2_000;

    /// <summary>The most views that a user has of one list.</summary>
    public const int Most = 50;

    /// <summary>The user's views of a list, or of all, by name.</summary>
    public async Task<IReadOnlyList<SavedView>> ListAsync(string userId, string? path, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<SavedView>().AsNoTracking().Where(view => view.UserId == userId && (path == null || view.Path == path)).OrderBy(view => view.Name).ToListAsync(cancellation);
    }

    /// <summary>Keeps a view; one of the same name becomes this one.</summary>
    /// <exception cref="ConfigurationInvalidException">The name can't be taken, or there are too many.</exception>
    public async Task<SavedView> SaveAsync(string userId, string path, string? name, string query, CancellationToken cancellation)
    {
        var known = name?.Trim() ?? "";
        if (path != Requests) throw Invalid("path", $"Views are kept of {Requests} alone.");
        if (known.Length is 0 or > LongestName) throw Invalid("name", $"Give the view a name of at most {LongestName} characters.");
        if (query.Length > LongestQuery) throw Invalid("query", "These filters are too long to be kept.");
        try
        {
            return await PutAsync(userId, path, known, query, cancellation);
        }
        catch (DbUpdateException)
        {
            // One of the same name came first at the same moment: it becomes this one.
            return await PutAsync(userId, path, known, query, cancellation);
        }
    }

    /// <returns>Whether the user had it.</returns>
    public async Task<bool> DeleteAsync(string userId, string id, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<SavedView>().Where(view => view.UserId == userId && view.Id == id).ExecuteDeleteAsync(cancellation) > 0;
    }

    private async Task<SavedView> PutAsync(string userId, string path, string name, string query, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var views = await db.Set<SavedView>().Where(view => view.UserId == userId && view.Path == path).ToListAsync(cancellation);
        if (views.FirstOrDefault(view => view.Name == name) is not { } saved)
        {
            if (views.Count >= Most) throw Invalid("name", $"There are {Most} views already. Delete one first.");
            db.Add(saved = new SavedView { Id = Ids.New("view", time), UserId = userId, Name = name, Path = path, Query = query, CreatedAt = time.GetUtcNow() });
        }

        saved.Query = query;
        await db.SaveChangesAsync(cancellation);
        return saved;
    }

    private static ConfigurationInvalidException Invalid(string field, string message) => new([new Problem(field, message)]);
}
