namespace LlmConsole.Core.Configuration;

/// <summary>One change that somebody made: who, when, from where, and before → after as JSON without secrets. Append-only.</summary>
public sealed record AuditEntry
{
    public required string Id { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string ActorKind { get; init; }
    public required string ActorId { get; init; }
    public required string ActorName { get; init; }
    public string? Address { get; init; }

    /// <summary><c>create</c>, <c>update</c>, <c>delete</c>, or a verb such as <c>sign-in.locked</c>.</summary>
    public required string Action { get; init; }
    public required string ObjectKind { get; init; }
    public required string ObjectId { get; init; }
    public required string ObjectName { get; init; }
    public string? Before { get; init; }
    public string? After { get; init; }
}

/// <summary>Who makes a change, as the audit log names them.</summary>
/// <param name="Kind"><c>user</c>, <c>key</c> or <c>system</c>.</param>
/// <param name="Id">Id of the user or key.</param>
/// <param name="Name">E-mail address, or the key's name.</param>
/// <param name="Address">The network address that the change came from.</param>
public sealed record Actor(string Kind, string Id, string Name, string? Address = null)
{
    /// <summary>The process itself: seeding and bootstrap.</summary>
    public static readonly Actor System = new("system", "system", "LlmConsole");
}
