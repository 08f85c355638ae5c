namespace LlmConsole.Api.Admin;

/// <summary>What the API's documentation says about an operation, beside what its types say.</summary>
internal sealed record OperationDoc(string Id, string Summary, string Description)
{
    public string Tag { get; init; } = "";

    /// <summary>An example body as JSON.</summary>
    public string? Request { get; init; }

    /// <summary>An example answer as JSON.</summary>
    public string? Response { get; init; }
    public bool IsList { get; init; }

    /// <summary>How many a page of a list has, unless the caller says.</summary>
    public int DefaultLimit { get; init; } = Query.DefaultLimit;

    /// <summary>How many it has at most.</summary>
    public int MaxLimit { get; init; } = Query.MaxLimit;

    /// <summary>Query parameters beside limit and after.</summary>
    public IReadOnlyList<string> Filters { get; init; } = [];
}

/// <summary>The documentation of a resource's operations, made from its examples.</summary>
/// <param name="Tag">The heading that the operations stand under.</param>
/// <param name="About">What the object is, in one sentence.</param>
/// <param name="CreateExample">A body that creates one.</param>
/// <param name="ChangeExample">A body that changes one.</param>
/// <param name="Example">One as it is answered.</param>
internal sealed record ResourceDocs(string Tag, string About, string CreateExample, string ChangeExample, string Example)
{
    /// <summary>What else to know when creating one.</summary>
    public string OnCreate { get; init; } = "";
    public string OnDelete { get; init; } = "Refused with 409 while something still uses it.";

    public OperationDoc List(string path, IReadOnlyList<string> filters) => new($"list-{path}", $"List {path}", $"{About} Oldest first.")
    {
        Tag = Tag, IsList = true, Filters = filters, Response = $$"""{"object":"list","data":[{{Example}}],"has_more":false,"next":null}""",
    };

    public OperationDoc Get(string noun) => new($"get-{noun}", $"Get one {noun}", About) { Tag = Tag, Response = Example };

    public OperationDoc Create(string noun) => new($"create-{noun}", $"Create one {noun}", $"{About} {OnCreate}".Trim()) { Tag = Tag, Request = CreateExample, Response = Example };

    public OperationDoc Change(string noun) => new($"change-{noun}", $"Change one {noun}", "Only the fields that are sent change; an explicit null clears a field.") { Tag = Tag, Request = ChangeExample, Response = Example };

    public OperationDoc Delete(string noun) => new($"delete-{noun}", $"Delete one {noun}", OnDelete) { Tag = Tag };
}
