namespace LlmConsole.Core.Configuration;

/// <summary>Which objects an edit touched, so that other instances read those and not everything there is. The newest are kept.</summary>
public sealed record ConfigurationEdit
{
    /// <summary>The revision that the edit made.</summary>
    public required long Revision { get; init; }

    /// <summary>Never the same twice, so that a revision that was made anew after a backup was restored isn't taken for the one that an instance knows.</summary>
    public required string Id { get; init; }

    /// <summary>None: more than are worth naming.</summary>
    public IReadOnlyList<EditedObject>? Objects { get; init; }
}

/// <summary>An object that an edit touched. What became of it says the object's table.</summary>
/// <param name="Kind">As the audit log names it.</param>
/// <param name="Id">The object's id.</param>
public sealed record EditedObject(string Kind, string Id);
