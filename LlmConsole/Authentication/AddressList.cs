using System.Net;

namespace LlmConsole.Authentication;

/// <summary>Addresses and CIDR ranges that a key is bound to.</summary>
internal static class AddressList
{
    public static bool Contains(IReadOnlyList<string> allowed, IPAddress? address)
    {
        if (address is null) return false;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return allowed.Any(entry => IPNetwork.TryParse(entry, out var network) ? network.Contains(address) : IPAddress.TryParse(entry, out var single) && single.Equals(address));
    }
}
