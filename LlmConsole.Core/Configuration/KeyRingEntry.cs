namespace LlmConsole.Core.Configuration;

/// <summary>One key of the ring that encrypts secrets and signs sessions, as Data Protection writes it; shared by all instances on one PostgreSQL.</summary>
public sealed record KeyRingEntry
{
    /// <summary>The row that holds a known text under the ring: who can't read it has another ring.</summary>
    public const string Canary = "canary";

    /// <summary>Data Protection's name of the key, or <see cref="Canary"/>.</summary>
    public required string Name { get; init; }
    public required string Content { get; init; }
}
