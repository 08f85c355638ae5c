using LlmConsole.Authentication;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;

namespace LlmConsole.Hosting;

/// <summary>The settings of the process, read once and checked together: a bad one stops the start, and every bad one is named.</summary>
internal sealed record Settings
{
    private const long Mebibyte = 1024 * 1024;

    public required StorageOptions Storage { get; init; }

    /// <summary><c>Limits:MaxBodyBytes</c>: the largest request body, in bytes. Default 10 MiB.</summary>
    public long MaxBodyBytes { get; init; }

    /// <summary><c>Hosting:DrainSeconds</c>: how long streams may go on after the process was told to stop. Default 30.</summary>
    public int DrainSeconds { get; init; }

    /// <summary><c>Docs:Enabled</c>: whether <c>/docs</c> and <c>/openapi/v1.json</c> are served. Default true.</summary>
    public bool DocsEnabled { get; init; }

    /// <summary><c>Ledger:JournalMaxBytes</c>: how many bytes of finished calls may wait on the local disk while the database is away. Default 1 GiB.</summary>
    public required LedgerOptions Ledger { get; init; }

    public IReadOnlyList<JwtIssuer> JwtIssuers { get; init; } = [];

    /// <exception cref="StartRefusedException">Names every bad setting, one a line.</exception>
    public static Settings Read(IConfiguration configuration)
    {
        var reader = new SettingsReader(configuration);
        var settings = new Settings
        {
            Storage = reader.Parsed("ConnectionStrings:Main", text => StorageOptions.From(configuration["Data:Directory"] ?? "data", text)) ?? StorageOptions.From("data", null),
            MaxBodyBytes = reader.Number("Limits:MaxBodyBytes", 10 * Mebibyte, 1024, 1024 * Mebibyte),
            DrainSeconds = (int)reader.Number("Hosting:DrainSeconds", 30, 0, 3600),
            DocsEnabled = reader.Flag("Docs:Enabled", true),
            Ledger = new LedgerOptions { JournalMaxBytes = reader.Number("Ledger:JournalMaxBytes", LedgerOptions.DefaultJournalMaxBytes, 0, 1024 * 1024 * Mebibyte) },
            JwtIssuers = JwtIssuer.Read(configuration, reader.Problems),
        };
        reader.Addresses();
        Bootstrap.Check(configuration, reader.Problems);
        return reader.Problems.Count == 0 ? settings : throw new StartRefusedException(string.Join(Environment.NewLine, reader.Problems));
    }
}
