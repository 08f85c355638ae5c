namespace LlmConsole.Components.Layout.Search;

/// <summary>Something that a search leads to.</summary>
/// <param name="Kind">What it is, in one word: <c>Page</c>, <c>Tenant</c>.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Href">Where it is.</param>
public sealed record Found(string Kind, string Name, string Href);
