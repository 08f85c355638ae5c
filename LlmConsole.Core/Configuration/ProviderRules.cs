using System.Buffers;
using System.Net;

namespace LlmConsole.Core.Configuration;

/// <summary>What a provider must look like. An administrator's provider may be loopback or private (a local model server is normal), never link-local or a metadata service.</summary>
internal static class ProviderRules
{
    private const string ApiVersion = "?api-version=";
    private static readonly SearchValues<char> VersionCharacters = SearchValues.Create("0123456789-.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    private static readonly string[] MetadataHosts = ["metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"];

    public static void Check(Provider provider, List<Problem> problems)
    {
        if (provider.Kind is ProviderKind.Simulator or ProviderKind.Registered)
        {
            if (provider.BaseUrl is not null) problems.Add(new("baseUrl", "A provider of this kind lives inside the process and has no address."));
            return;
        }

        if (provider.BaseUrl is null)
        {
            if (provider.Kind == ProviderKind.OpenAICompatible) problems.Add(new("baseUrl", "A base URL is needed, such as http://localhost:11434/v1."));
            if (provider.Kind == ProviderKind.AzureOpenAI) problems.Add(new("baseUrl", "The address of the Azure resource is needed, such as https://my-resource.openai.azure.com."));
            return;
        }

        Address(provider.BaseUrl, mayHaveVersion: provider.Kind == ProviderKind.AzureOpenAI, problems);
    }

    /// <summary>Whether a query is nothing but Azure's <c>?api-version=…</c>.</summary>
    public static bool IsApiVersion(string query) =>
        query.StartsWith(ApiVersion, StringComparison.Ordinal) && query.Length is > 13 and <= 64 && !query.AsSpan(ApiVersion.Length).ContainsAnyExcept(VersionCharacters);

    private static void Address(Uri url, bool mayHaveVersion, List<Problem> problems)
    {
        if (!url.IsAbsoluteUri || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            problems.Add(new("baseUrl", "Must be an absolute http or https URL."));
        else if (url.UserInfo.Length > 0 || url.Fragment.Length > 0 || (url.Query.Length > 0 && !(mayHaveVersion && IsApiVersion(url.Query))))
            problems.Add(new("baseUrl", mayHaveVersion ? "Must have no user name, password or fragment, and no query but ?api-version=…; credentials go into the API key." : "Must have no user name, password, query or fragment; credentials go into the API key."));
        else if (IsForbidden(url))
            problems.Add(new("baseUrl", "Link-local and metadata addresses are never a model provider."));
    }

    /// <summary>Whether clouds answer with credentials under this name.</summary>
    public static bool IsMetadataHost(string host) => MetadataHosts.Contains(host.TrimEnd('.'), StringComparer.OrdinalIgnoreCase);

    private static bool IsForbidden(Uri url) =>
        IsMetadataHost(url.IdnHost)
        || (IPAddress.TryParse(url.IdnHost.Trim('[', ']').TrimEnd('.'), out var address) && IsForbidden(address));

    /// <summary>Whether the gateway must never connect there, whatever name led to it, and in whatever notation.</summary>
    public static bool IsForbidden(IPAddress address) => OutboundAddress.IsLinkLocalOrMetadata(address);
}
