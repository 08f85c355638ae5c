namespace LlmConsole.Core.Views;

/// <summary>Filters, columns and order of a list that a user wants to come back to.</summary>
public sealed class SavedView
{
    public required string Id { get; init; }
    public required string UserId { get; init; }
    public required string Name { get; init; }

    /// <summary>The list, as the page's path.</summary>
    public required string Path { get; init; }

    /// <summary>What follows the path, without the question mark.</summary>
    public required string Query { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
}
