namespace LlmConsole.Hosting;

/// <summary>A setting of the process as <c>docs/operations.md</c> lists it.</summary>
/// <param name="Key">As files write it, such as <c>Limits:MaxBodyBytes</c>.</param>
/// <param name="Default">What holds when nobody sets it, in words.</param>
/// <param name="What">What it does.</param>
internal sealed record KnownSetting(string Key, string Default, string What)
{
    /// <summary>Its value may hold a password or a key, and is never shown.</summary>
    public bool IsSecret { get; init; }

    /// <summary>The environment variable that sets it.</summary>
    public string Variable => Key == SettingCatalog.Urls ? "ASPNETCORE_URLS" : Key.Replace(":", "__", StringComparison.Ordinal);
}

/// <summary>Every setting, in the order of <c>docs/operations.md</c>.</summary>
internal static class SettingCatalog
{
    public const string Urls = "urls";

    /// <summary>Below it each trusted issuer has an index, and settings of its own.</summary>
    public const string JwtIssuers = "Authentication:Jwt:Issuers";

    public static readonly IReadOnlyList<KnownSetting> All =
    [
        new(Urls, "http://localhost:5000", "Where to listen"),
        new("Data:Directory", "data", "The SQLite file, the key ring, and calls that wait for a database that is away"),
        new("ConnectionStrings:Main", "SQLite in the data directory", "The database: SQLite or PostgreSQL") { IsSecret = true },
        new("ConnectionStrings:Redis", "none: one instance", "The Redis in which several instances count together") { IsSecret = true },
        new("Redis:KeyPrefix", "llmconsole:", "Begins the name of every key and channel in Redis"),
        new("Redis:TimeoutMilliseconds", "100", "How long an answer of Redis may take, in milliseconds"),
        new("Cache:MemoryBytes", "an eighth of the memory, at most 134217728", "Bytes of answers that each instance keeps in memory"),
        new("Cache:SemanticEntries", "20000", "Messages that each instance keeps as vectors"),
        new("Cache:EmbeddingMilliseconds", "150", "How long a call waits for its vector"),
        new("Limits:MaxBodyBytes", "10485760", "The largest body of the chat API, in bytes"),
        new("Limits:MaxMessages", "2048", "Messages that a request may hold"),
        new("Limits:MaxPagesPerUser", "20", "Pages and viewers of the live metrics that a user or an admin key may have open"),
        new("Limits:MaxPages", "2000", "Pages and viewers that may be open in all"),
        new("Limits:MaxConnections", "20000", "Connections that are taken at once, those of callers and pages alike"),
        new("Limits:MaxUpgradedConnections", "5000", "WebSockets that are taken at once"),
        new("Limits:FailedCredentialsPerMinute", "60", "Wrong credentials that a client address may present in a minute"),
        new("Hosting:LeaveSeconds", "5 with PostgreSQL, 0 with SQLite", "How long calls are still taken after the process was told to stop, with readiness off, in seconds"),
        new("Hosting:DrainSeconds", "30", "How long calls may go on after no more are taken, in seconds"),
        new("Hosting:BatchScheduling", "true", "Whether it chooses how its threads are scheduled, by how busy the cores are, on Linux"),
        new("Hosting:TrustedProxies", "none", "Proxies whose word on scheme, host and client address is believed"),
        new("Cors:Origins", "none", "Pages on other hosts that may call the chat API from a browser"),
        new("Ledger:JournalMaxBytes", "1073741824", "Bytes of finished calls that may wait on disk while the database is away"),
        new("Ledger:RetentionDays", "none: for ever", "How long calls stand in the books one by one, in days; their sums stay"),
        new("Audit:RetentionDays", "none: for ever", "How long entries stand in the audit log, in days"),
        new("Jobs:Concurrency", "4", "Calls that the background jobs of one tenant may have under way at once, on each instance"),
        new("Jobs:MaxUploadBytes", "209715200", "The largest upload of a batch as lines of JSON, in bytes"),
        new("Jobs:LeaseSeconds", "20", "After how long a silent instance is taken for dead and its jobs are taken over, in seconds"),
        new("Jobs:RetentionDays", "30", "How long a job that is over is kept with its requests and results, in days"),
        new("Outbound:AllowPrivate", "false", "Whether webhooks may go to loopback and private addresses"),
        new("Webhooks:RetentionDays", "30", "How long a webhook's deliveries are kept with their attempts, in days"),
        new("Metrics:Enabled", "true", "Whether /metrics is served"),
        new("Docs:Enabled", "true", "Whether /docs, /docs/errors and /openapi/v1.json are served"),
        new("Bootstrap:AdminEmail", "none", "The first owner's address"),
        new("Bootstrap:AdminPassword", "none", "The first owner's password") { IsSecret = true },
        new("Bootstrap:AdminKey", "none", "The first admin key, or generate") { IsSecret = true },
        new("Serilog:MinimumLevel:Default", "Information", "How much is logged"),
        new("AllowedHosts", "*", "Which Host headers are answered"),
    ];
}
