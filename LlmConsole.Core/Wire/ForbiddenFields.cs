using System.Text.Json;

namespace LlmConsole.Core.Wire;

/// <summary>Body fields by which other gateways let a caller choose the destination, the credential or the price. Here they are refused rather than passed on.</summary>
internal static class ForbiddenFields
{
    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "api_key", "api_base", "base_url", "api_version", "api_type", "azure_endpoint", "azure_ad_token", "organization", "custom_llm_provider", "custom_host",
        "extra_headers", "headers", "proxy", "proxies", "aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_bedrock_runtime_endpoint", "vertex_credentials",
        "input_cost_per_token", "output_cost_per_token", "input_cost_per_second", "output_cost_per_second", "model_info", "litellm_params", "user_config", "router_settings",
    };

    private static readonly int Longest = Names.Max(name => name.Length);
    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> Lookup = Names.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether the reader stands on a forbidden property name.</summary>
    public static bool Contains(in Utf8JsonReader json)
    {
        // An escape makes a name at most six times longer.
        if (json.ValueSpan.Length > Longest * 6) return false;
        Span<char> name = stackalloc char[json.ValueSpan.Length];
        var length = json.CopyString(name);
        return Lookup.Contains(name[..length]);
    }
}
