using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Views;

/// <summary>The views that users saved. Each sees only their own, wherever they sign in.</summary>
public sealed class SavedViews(IDbContextFactory<LlmConsoleDbContext> contexts, TimeProvider time)
{
    public const int LongestName = 60;
    public const int LongestQuery = 2_000;

    /// <summary>The most views that a user has of one list.</summary>
    public const int Most = 50;

    /// <summary>The user's views of a list, by name.</summary>
    public async Task<IReadOnlyList<SavedView>> ListAsync(string userId, string path, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<SavedView>().AsNoTracking().Where(view => view.UserId == userId && view.Path == path).OrderBy(view => view.Name).ToListAsync(cancellation);
    }

    /// <summary>Keeps a view; one of the same name becomes this one.</summary>
    /// <exception cref="ConfigurationInvalidException">The name can't be taken, or there are too many.</exception>
    public async Task SaveAsync(string userId, string path, string? name, string query, CancellationToken cancellation)
    {
        var known = name?.Trim() ?? "";
        if (known.Length is 0 or > LongestName) throw Invalid($"Give the view a name of at most {LongestName} characters.");
        if (query.Length > LongestQuery) throw Invalid("These filters are too long to be kept.");
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var views = await db.Set<SavedView>().Where(view => view.UserId == userId && view.Path == path).ToListAsync(cancellation);
        if (views.FirstOrDefault(view => view.Name == known) is { } same) same.Query = query;
        else if (views.Count >= Most) throw Invalid($"There are {Most} views already. Delete one first.");
        else db.Add(new SavedView { Id = Ids.New("view", time), UserId = userId, Name = known, Path = path, Query = query, CreatedAt = time.GetUtcNow() });
        await db.SaveChangesAsync(cancellation);
    }

    public async Task DeleteAsync(string userId, string id, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await db.Set<SavedView>().Where(view => view.UserId == userId && view.Id == id).ExecuteDeleteAsync(cancellation);
    }

    private static ConfigurationInvalidException Invalid(string message) => new([new Problem("name", message)]);
}
