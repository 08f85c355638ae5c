namespace LlmConsole.Core.Metering;

/// <summary>How the books bridge a database that is away.</summary>
public sealed record LedgerOptions
{
    public const long DefaultJournalMaxBytes = 1024L * 1024 * 1024;

    /// <summary>How large the local journal may grow, in bytes; beyond it, calls wait for the database again.</summary>
    public long JournalMaxBytes { get; init; } = DefaultJournalMaxBytes;
}
