using System.Net;
using System.Net.Sockets;

namespace LlmConsole.Core.Configuration;

/// <summary>What a provider must look like. An administrator's provider may be loopback or private (a local model server is normal), never link-local or a metadata service.</summary>
internal static class ProviderRules
{
    private static readonly string[] MetadataHosts = ["metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"];

    public static void Check(Provider provider, List<Problem> problems)
    {
        if (provider.Kind == ProviderKind.Simulator)
        {
            if (provider.BaseUrl is not null) problems.Add(new("baseUrl", "The simulator is built in and has no address."));
            return;
        }

        if (provider.BaseUrl is null)
        {
            if (provider.Kind != ProviderKind.OpenAI) problems.Add(new("baseUrl", "A base URL is needed, such as http://localhost:11434/v1."));
            return;
        }

        Address(provider.BaseUrl, problems);
    }

    private static void Address(Uri url, List<Problem> problems)
    {
        if (!url.IsAbsoluteUri || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            problems.Add(new("baseUrl", "Must be an absolute http or https URL."));
        else if (url.UserInfo.Length > 0 || url.Query.Length > 0 || url.Fragment.Length > 0)
            problems.Add(new("baseUrl", "Must have no user name, password, query or fragment; credentials go into the API key."));
        else if (IsForbidden(url))
            problems.Add(new("baseUrl", "Link-local and metadata addresses are never a model provider."));
    }

    private static bool IsForbidden(Uri url) =>
        MetadataHosts.Contains(url.IdnHost.TrimEnd('.'), StringComparer.OrdinalIgnoreCase)
        || (IPAddress.TryParse(url.IdnHost, out var address) && IsForbidden(address));

    /// <summary>Whether the gateway must never connect there, whatever name led to it.</summary>
    public static bool IsForbidden(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.IsIPv6LinkLocal || address.IsIPv6Multicast || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)) return true;
        if (address.Equals(IPAddress.Parse("fd00:ec2::254"))) return true;
        if (address.AddressFamily != AddressFamily.InterNetwork) return false;
        var bytes = address.GetAddressBytes();
        return (bytes[0] == 169 && bytes[1] == 254) || bytes[0] == 0 || bytes[0] >= 224 || address.Equals(IPAddress.Parse("100.100.100.200"));
    }
}
