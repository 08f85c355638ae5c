using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using LlmConsole.Core.Telemetry;
using LlmConsole.Core.Wire;

namespace LlmConsole.Authentication;

/// <summary>
/// Counts, for each client address, the credentials that were refused; an address that presents too many a minute is told to wait. Many people may share an
/// address, so a right credential is never turned away where finding out costs next to nothing: keys, client tokens, and JWTs that were verified a moment ago.
/// Signatures and passwords are dear to check, and wait.
/// </summary>
/// <param name="perMinute">How many an address may present at once, and then again in a minute; 0 for any number.</param>
internal sealed class FailedCredentials(int perMinute, TimeProvider time)
{
    public const int DefaultPerMinute = 60;

    /// <summary>Of so many addresses it is known what they did; about 100 bytes each.</summary>
    internal const int MostAddresses = 16_384;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly TimeSpan _interval = perMinute == 0 ? TimeSpan.Zero : Window / perMinute;
    private readonly long _started = time.GetTimestamp();
    private readonly Lock _lock = new();

    // When the failures of an address will be forgotten, since the start: each adds an interval, and none may lie further ahead than the window.
    private readonly RecentEntries<UInt128, TimeSpan> _forgottenAt = new(MostAddresses);

    /// <summary>Addresses that are remembered.</summary>
    internal int Count
    {
        get
        {
            lock (_lock) return _forgottenAt.Count;
        }
    }

    /// <summary>Before a check that is dear.</summary>
    /// <exception cref="RefusalException">The address must wait.</exception>
    public void Guard(string kind, IPAddress? from)
    {
        if (WaitOf(from, isFailure: false) is { } wait) throw TooMany(kind, wait);
    }

    /// <summary>A credential was refused. Returns what to tell its bearer: just that, or to wait.</summary>
    public RefusalException Refuse(string kind, IPAddress? from, RefusalException refusal)
    {
        if (WaitOf(from, isFailure: true) is { } wait) return TooMany(kind, wait);
        CredentialMetrics.Refused(kind);
        return refusal;
    }

    /// <summary>A credential was refused, and its bearer is told in another way.</summary>
    public void Refused(string kind, IPAddress? from)
    {
        WaitOf(from, isFailure: true);
        CredentialMetrics.Refused(kind);
    }

    private TimeSpan? WaitOf(IPAddress? from, bool isFailure)
    {
        if (perMinute == 0 || from is null) return null;
        var (key, now) = (KeyOf(from), time.GetElapsedTime(_started));
        lock (_lock)
        {
            if (!_forgottenAt.TryGet(key, out var forgotten) && !isFailure) return null;
            if (forgotten < now) forgotten = now;
            if (forgotten + _interval - now - Window is var wait && wait > TimeSpan.Zero) return wait;
            if (isFailure) _forgottenAt.Set(key, forgotten + _interval);
            return null;
        }
    }

    /// <summary>Whoever has an IPv6 address has the whole /64 that it is in.</summary>
    private static UInt128 KeyOf(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        (address.AddressFamily == AddressFamily.InterNetwork ? address.MapToIPv6() : address).TryWriteBytes(bytes, out _);
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && !address.IsIPv4MappedToIPv6) bytes[8..].Clear();
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private static RefusalException TooMany(string kind, TimeSpan wait)
    {
        CredentialMetrics.Limited(kind);
        return new RefusalException(ErrorCode.RateLimitExceeded, $"Too many wrong credentials came from your address. Check the one that you send, and try again in {(long)Math.Ceiling(wait.TotalSeconds)} s.") { RetryAfter = wait };
    }
}
