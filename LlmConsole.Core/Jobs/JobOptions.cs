using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Jobs;

/// <summary>Bounds of background jobs.</summary>
public sealed record JobOptions
{
    public const int MaxItems = 50_000;
    public const int DefaultConcurrency = 4;
    public const long DefaultMaxUploadBytes = 200 * 1024 * 1024;
    public const int DefaultRetentionDays = 30;
    public const int DefaultLeaseSeconds = 20;
    public static readonly TimeSpan DefaultExpiry = TimeSpan.FromHours(24);
    public static readonly TimeSpan LongestExpiry = TimeSpan.FromDays(7);

    /// <summary>Calls that the jobs of one tenant may have under way at once, on one instance.</summary>
    public int Concurrency { get; init; } = DefaultConcurrency;

    /// <summary>The largest upload of a batch, in bytes.</summary>
    public long MaxUploadBytes { get; init; } = DefaultMaxUploadBytes;

    /// <summary>The largest single request in a batch, in bytes.</summary>
    public required long MaxRequestBytes { get; init; }

    /// <summary>How many messages such a request may hold.</summary>
    public int MaxMessages { get; init; } = RequestLists.DefaultMaxMessages;

    /// <summary>A claim is renewed several times in this span; one that is older belongs to a process that was killed.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(DefaultLeaseSeconds);

    /// <summary>How long a job that is over is kept with its results.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(DefaultRetentionDays);
}
