using System.Net;
using System.Net.Sockets;

namespace LlmConsole.Core.Configuration;

/// <summary>
/// Where the gateway connects when somebody else named the place. Judged is the address itself, not how it is written: an IPv6 address that
/// stands for an IPv4 one is judged as that.
/// </summary>
public static class OutboundAddress
{
    private const string Never = "is link-local, a metadata service or reserved";

    /// <summary>Loopback and private networks: allowed by a setting.</summary>
    private static readonly IPNetwork[] Private = Networks("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7");

    /// <summary>Link-local, metadata, multicast, documentation and other reserved ones: never.</summary>
    private static readonly IPNetwork[] Reserved = Networks(
        "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "100.100.100.200/32", "168.63.129.16/32",
        "::/128", "::ffff:0:0:0/96", "64:ff9b:1::/48", "100::/64", "2001:db8::/32", "3fff::/20", "5f00::/16", "fd00:ec2::254/128", "fe80::/10", "fec0::/10", "ff00::/8");

    /// <summary>Of them those that lead to the host itself, its neighbours or its cloud's credentials, whoever names them. The others may be names of a network's own making.</summary>
    private static readonly IPNetwork[] LinkLocalOrMetadata = Networks(
        "0.0.0.0/8", "169.254.0.0/16", "192.0.0.192/32", "224.0.0.0/3", "100.100.100.200/32", "168.63.129.16/32", "::/128", "fd00:ec2::254/128", "fe80::/10", "ff00::/8");

    /// <summary>Why nothing may be sent to this URL, as far as it says itself; what its host name resolves to is judged when it is connected to.</summary>
    public static string? WhyNot(Uri url, bool allowPrivate)
    {
        if (!url.IsAbsoluteUri || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)) return "Must be an absolute http or https URL, such as https://example.com/hooks.";
        if (url.OriginalString.Length > WebhookEndpoint.MaxUrlLength) return FormattableString.Invariant($"A URL has at most {WebhookEndpoint.MaxUrlLength} characters.");
        if (url.UserInfo.Length > 0 || url.Fragment.Length > 0) return "Must have no user name, password or fragment.";
        var host = url.IdnHost.Trim('[', ']').TrimEnd('.');
        if (ProviderRules.IsMetadataHost(host)) return $"{host} {Never}.";
        if (IPAddress.TryParse(host, out var address)) return WhyNot(address, allowPrivate);
        var isLocal = host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
        return isLocal && !allowPrivate ? $"{host} is this machine itself. {ToAllow}" : null;
    }

    /// <summary>Why this address may not be connected to; none when it may.</summary>
    public static string? WhyNot(IPAddress address, bool allowPrivate)
    {
        if (Lies(address, Reserved)) return $"{address} {Never}.";
        return !allowPrivate && Lies(address, Private) ? $"{address} is loopback or private. {ToAllow}" : null;
    }

    /// <summary>Whether this address is never connected to, not even where an administrator names it.</summary>
    public static bool IsLinkLocalOrMetadata(IPAddress address) => Lies(address, LinkLocalOrMetadata);

    private const string ToAllow = "Use a public address, or allow private ones with Outbound__AllowPrivate=true.";

    /// <summary>Judges both: what an address carries doesn't excuse what it is itself.</summary>
    private static bool Lies(IPAddress address, IPNetwork[] networks)
    {
        IPAddress[] meant = [Unscoped(address), Plain(address)];
        return meant.Any(one => networks.Any(network => network.Contains(one)));
    }

    /// <summary>The IPv4 address that an IPv6 one carries: mapped, compatible, NAT64, 6to4, Teredo or ISATAP.</summary>
    private static IPAddress Plain(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        if (bytes.AsSpan(0, 12).IndexOfAnyExcept((byte)0) < 0 && !address.Equals(IPAddress.IPv6Any) && !address.Equals(IPAddress.IPv6Loopback)) return new IPAddress(bytes.AsSpan(12));
        if (bytes.AsSpan(0, 12).SequenceEqual(Nat64)) return new IPAddress(bytes.AsSpan(12));
        if (bytes[0] == 0x20 && bytes[1] == 0x02) return new IPAddress(bytes.AsSpan(2, 4));
        if (bytes.AsSpan(0, 4).SequenceEqual(Teredo)) return new IPAddress([.. bytes.AsSpan(12).ToArray().Select(part => (byte)~part)]);
        if ((bytes[8] & ~2) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe) return new IPAddress(bytes.AsSpan(12));
        return Unscoped(address);
    }

    /// <summary>A scope says where the address holds, not which it is.</summary>
    private static IPAddress Unscoped(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0 ? new IPAddress(address.GetAddressBytes()) : address;

    private static ReadOnlySpan<byte> Nat64 => [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];

    private static ReadOnlySpan<byte> Teredo => [0x20, 0x01, 0, 0];

    private static IPNetwork[] Networks(params ReadOnlySpan<string> texts)
    {
        var networks = new IPNetwork[texts.Length];
        for (var i = 0; i < texts.Length; i++) networks[i] = IPNetwork.Parse(texts[i]);
        return networks;
    }
}
