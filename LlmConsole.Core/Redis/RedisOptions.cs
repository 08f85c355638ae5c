using StackExchange.Redis;

namespace LlmConsole.Core.Redis;

/// <summary>Where the Redis lies that instances share, and how long one of its answers may take.</summary>
/// <param name="ConnectionString">As StackExchange.Redis reads it: <c>host:6379,password=…,ssl=true</c>. None: there is one instance, and everything is in its memory.</param>
public sealed record RedisOptions(string? ConnectionString = null)
{
    public const int DefaultTimeoutMilliseconds = 100;
    public const string DefaultKeyPrefix = "llmconsole:";

    public static readonly RedisOptions None = new();

    /// <summary>Beyond this an operation counts as unanswered.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(DefaultTimeoutMilliseconds);

    /// <summary>Begins the name of every key and channel.</summary>
    public string KeyPrefix { get; init; } = DefaultKeyPrefix;

    /// <exception cref="ArgumentException">The text is no connection string.</exception>
    public static RedisOptions From(string? connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString)) return None;
        if (ConfigurationOptions.Parse(connectionString, ignoreUnknown: false).EndPoints.Count == 0) throw new ArgumentException("No address.");
        return new RedisOptions(connectionString);
    }

    internal ConfigurationOptions Configuration()
    {
        var configuration = ConfigurationOptions.Parse(ConnectionString!);
        configuration.AbortOnConnectFail = false;
        configuration.ClientName ??= "LlmConsole";

        // What can't be sent now fails now: the caller has another way, and a queue would only be answered late.
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.ReconnectRetryPolicy = new LinearRetry(500);
        configuration.ConnectTimeout = Math.Min(configuration.ConnectTimeout, 2_000);
        return configuration;
    }
}
