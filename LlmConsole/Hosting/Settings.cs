using System.Net;
using LlmConsole.Authentication;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Redis;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Webhooks;
using LlmConsole.Core.Wire;

namespace LlmConsole.Hosting;

/// <summary>The settings of the process, read once and checked together: a bad one stops the start, and every bad one is named.</summary>
internal sealed record Settings
{
    private const long Mebibyte = 1024 * 1024;

    public required StorageOptions Storage { get; init; }

    /// <summary><c>ConnectionStrings:Redis</c>, <c>Redis:KeyPrefix</c>, <c>Redis:TimeoutMilliseconds</c>: what several instances share. Default none: one instance.</summary>
    public required RedisOptions Redis { get; init; }

    /// <summary><c>Limits:MaxBodyBytes</c>: the largest request body, in bytes. Default 10 MiB.</summary>
    public long MaxBodyBytes { get; init; }

    /// <summary><c>Limits:MaxMessages</c>: how many messages a request may hold. Default 2,048.</summary>
    public int MaxMessages { get; init; }

    /// <summary><c>Limits:MaxPagesPerUser</c>: how many pages and viewers of the live metrics a user or an admin key may have open on an instance. Default 20.</summary>
    public int MaxPagesPerUser { get; init; }

    /// <summary><c>Limits:MaxPages</c>: how many of them all users may have open. Default 2,000.</summary>
    public int MaxPages { get; init; }

    /// <summary><c>Limits:MaxConnections</c>: how many connections the server takes. Default 20,000.</summary>
    public int MaxConnections { get; init; }

    /// <summary><c>Limits:MaxUpgradedConnections</c>: how many WebSockets it takes besides, those of pages and viewers. Default 5,000.</summary>
    public int MaxUpgradedConnections { get; init; }

    /// <summary><c>Limits:FailedCredentialsPerMinute</c>: how many wrong credentials a client address may present. Default 60; 0 for any number.</summary>
    public int FailedCredentialsPerMinute { get; init; }

    /// <summary><c>Hosting:LeaveSeconds</c>: how long calls are still taken after the process was told to stop, with readiness off. Default 5 with PostgreSQL; none with SQLite, where no other instance takes them.</summary>
    public int LeaveSeconds { get; init; }

    /// <summary><c>Hosting:DrainSeconds</c>: how long calls may go on after no more are taken. Default 30.</summary>
    public int DrainSeconds { get; init; }

    /// <summary><c>Hosting:BatchScheduling</c>: whether the process chooses how its threads are scheduled, see <see cref="BatchScheduling"/>. Default true.</summary>
    public bool SchedulesInBatches { get; init; }

    /// <summary><c>Hosting:TrustedProxies</c>: whose forwarded scheme and client address are believed. Default nobody's.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary><c>Cors:Origins</c>: whose pages may call the gateway's API from a browser. Default nobody's.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];

    /// <summary><c>Docs:Enabled</c>: whether <c>/docs</c> and <c>/openapi/v1.json</c> are served. Default true.</summary>
    public bool DocsEnabled { get; init; }

    /// <summary><c>Metrics:Enabled</c>: whether <c>/metrics</c> is served. Default true.</summary>
    public bool MetricsEnabled { get; init; }

    /// <summary><c>Ledger:JournalMaxBytes</c>: how many bytes of finished calls may wait on the local disk while the database is away. Default 1 GiB.</summary>
    public required LedgerOptions Ledger { get; init; }

    /// <summary><c>Ledger:RetentionDays</c> and <c>Audit:RetentionDays</c>: how long calls stand in the books one by one, and entries in the audit log. Default for ever.</summary>
    public IReadOnlyList<Retention> Retentions { get; init; } = [];

    /// <summary><c>Cache:MemoryBytes</c>: how many bytes of answers the cache keeps in memory. Default an eighth of what the process may use, 16 to 128 MiB. <c>Cache:SemanticEntries</c>: how many messages it keeps as vectors, about 4 KB each. Default 20,000.</summary>
    public required CachingOptions Caching { get; init; }

    /// <summary><c>Jobs:Concurrency</c>, <c>Jobs:MaxUploadBytes</c>, <c>Jobs:LeaseSeconds</c>, <c>Jobs:RetentionDays</c>: bounds of background jobs.</summary>
    public required JobOptions Jobs { get; init; }

    /// <summary><c>Outbound:AllowPrivate</c>: whether webhooks may go to loopback and private addresses. Default false. <c>Webhooks:RetentionDays</c>: how long deliveries are kept. Default 30.</summary>
    public required WebhookOptions Webhooks { get; init; }

    public IReadOnlyList<JwtIssuer> JwtIssuers { get; init; } = [];

    /// <exception cref="StartRefusedException">Names every bad setting, one a line.</exception>
    public static Settings Read(IConfiguration configuration)
    {
        var reader = new SettingsReader(configuration);
        var storage = reader.Parsed("ConnectionStrings:Main", text => StorageOptions.From(configuration["Data:Directory"] ?? "data", text), "Data Source=… for SQLite or Host=…;Database=…;Username=…;Password=… for PostgreSQL") ?? StorageOptions.From("data", null);
        var maxBody = reader.Number("Limits:MaxBodyBytes", 10 * Mebibyte, 1024, 1024 * Mebibyte);
        var maxMessages = (int)reader.Number("Limits:MaxMessages", RequestLists.DefaultMaxMessages, 1, 1_000_000);
        var settings = new Settings
        {
            Storage = storage,
            Redis = ReadRedis(configuration, reader),
            MaxBodyBytes = maxBody,
            MaxMessages = maxMessages,
            MaxPagesPerUser = (int)reader.Number("Limits:MaxPagesPerUser", 20, 1, 1_000_000),
            MaxPages = (int)reader.Number("Limits:MaxPages", 2_000, 1, 1_000_000),
            MaxConnections = (int)reader.Number("Limits:MaxConnections", 20_000, 1, 10_000_000),
            MaxUpgradedConnections = (int)reader.Number("Limits:MaxUpgradedConnections", 5_000, 1, 10_000_000),
            FailedCredentialsPerMinute = (int)reader.Number("Limits:FailedCredentialsPerMinute", FailedCredentials.DefaultPerMinute, 0, 1_000_000),
            LeaveSeconds = (int)reader.Number("Hosting:LeaveSeconds", storage.IsPostgres ? 5 : 0, 0, 300),
            DrainSeconds = (int)reader.Number("Hosting:DrainSeconds", 30, 0, 3600),
            SchedulesInBatches = reader.Flag("Hosting:BatchScheduling", true),
            TrustedProxies = reader.Networks("Hosting:TrustedProxies"),
            Origins = reader.Origins("Cors:Origins"),
            DocsEnabled = reader.Flag("Docs:Enabled", true),
            MetricsEnabled = reader.Flag("Metrics:Enabled", true),
            Ledger = new LedgerOptions { JournalMaxBytes = reader.Number("Ledger:JournalMaxBytes", LedgerOptions.DefaultJournalMaxBytes, 0, 1024 * 1024 * Mebibyte) },
            Retentions = ReadRetentions(reader),
            Caching = new CachingOptions
            {
                MemoryBytes = reader.Number("Cache:MemoryBytes", CachingOptions.DefaultMemoryBytes, Mebibyte, 1024 * 1024 * Mebibyte),
                SemanticEntries = (int)reader.Number("Cache:SemanticEntries", CachingOptions.DefaultSemanticEntries, 1, 10_000_000),
                LongestEmbedding = TimeSpan.FromMilliseconds(reader.Number("Cache:EmbeddingMilliseconds", CachingOptions.DefaultEmbeddingMilliseconds, 1, 60_000)),
            },
            Jobs = ReadJobs(reader, maxBody, maxMessages),
            Webhooks = new WebhookOptions
            {
                AllowPrivate = reader.Flag("Outbound:AllowPrivate", false),
                Retention = TimeSpan.FromDays(reader.Number("Webhooks:RetentionDays", WebhookOptions.DefaultRetentionDays, 1, 3_650)),
            },
            JwtIssuers = JwtIssuer.Read(configuration, reader.Problems),
        };
        reader.Addresses();
        Bootstrap.Check(configuration, reader.Problems);
        return reader.Problems.Count == 0 ? settings : throw new StartRefusedException(string.Join(Environment.NewLine, reader.Problems));
    }

    private static JobOptions ReadJobs(SettingsReader reader, long maxBody, int maxMessages) => new()
    {
        Concurrency = (int)reader.Number("Jobs:Concurrency", JobOptions.DefaultConcurrency, 1, 1_000),
        MaxUploadBytes = reader.Number("Jobs:MaxUploadBytes", JobOptions.DefaultMaxUploadBytes, 1024, 10_240 * Mebibyte),
        MaxRequestBytes = maxBody,
        MaxMessages = maxMessages,
        Lease = TimeSpan.FromSeconds(reader.Number("Jobs:LeaseSeconds", JobOptions.DefaultLeaseSeconds, 5, 600)),
        Retention = TimeSpan.FromDays(reader.Number("Jobs:RetentionDays", JobOptions.DefaultRetentionDays, 1, 3_650)),
    };

    private static List<Retention> ReadRetentions(SettingsReader reader)
    {
        const int longest = 36_500;
        var all = new List<Retention>();
        if (reader.Days("Ledger:RetentionDays", RecordRetention.FewestDays, longest) is { } records) all.Add(RecordRetention.For(records));
        if (reader.Days("Audit:RetentionDays", 1, longest) is { } entries) all.Add(AuditRetention.For(entries));
        return all;
    }

    private static RedisOptions ReadRedis(IConfiguration configuration, SettingsReader reader)
    {
        var options = reader.Parsed("ConnectionStrings:Redis", RedisOptions.From, "host:port, and after commas options such as password=… or ssl=true") ?? RedisOptions.None;
        return options with
        {
            KeyPrefix = configuration["Redis:KeyPrefix"] ?? RedisOptions.DefaultKeyPrefix,
            Timeout = TimeSpan.FromMilliseconds(reader.Number("Redis:TimeoutMilliseconds", RedisOptions.DefaultTimeoutMilliseconds, 10, 5_000)),
        };
    }
}
