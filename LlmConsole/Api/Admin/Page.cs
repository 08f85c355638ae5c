using System.Text.Json.Serialization;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Api.Admin;

/// <summary>One page of a list. <see cref="Next"/> goes into <c>?after=</c> for the following page; it is null on the last.</summary>
internal sealed record Page<T>(IReadOnlyList<T> Data, [property: JsonPropertyOrder(2)] string? Next)
{
    [JsonPropertyOrder(-1)]
    public string Object { get; } = "list";

    [JsonPropertyName("has_more"), JsonPropertyOrder(1)]
    public bool HasMore => Next is not null;
}

internal static class Page
{
    /// <summary>The page of configured objects after an id, oldest first: ids sort by creation, so a page stays right while others are added.</summary>
    public static Page<TView> Of<T, TView>(IEnumerable<T> items, Query query, Func<T, TView> view) where T : IConfigured
    {
        var rows = items.Where(item => query.After is not { } after || string.CompareOrdinal(item.Id, after) > 0)
            .OrderBy(item => item.Id, StringComparer.Ordinal).Take(query.Limit + 1).ToList();
        return new Page<TView>([.. rows.Take(query.Limit).Select(view)], rows.Count > query.Limit ? rows[query.Limit - 1].Id : null);
    }
}
