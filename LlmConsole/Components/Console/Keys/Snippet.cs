using System.Text.Json;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Keys;

/// <summary>Commands that work verbatim when pasted into a terminal.</summary>
internal static class Snippet
{
    /// <summary>A streamed chat completion.</summary>
    public static string Chat(string origin, string key, string model)
    {
        var body = $$"""{"model":{{Json(model)}},"stream":true,"messages":[{"role":"user","content":"Hello"}]}""";
        return string.Join("\n",
            $"curl -N {origin.TrimEnd('/')}/v1/chat/completions \\",
            $"  -H \"Authorization: Bearer {key}\" \\",
            "  -H \"Content-Type: application/json\" \\",
            $"  -d {Quoted(body)}");
    }

    /// <summary>For a key of the admin API: the list of tenants.</summary>
    public static string Admin(string origin, string key) => string.Join("\n",
        $"curl {origin.TrimEnd('/')}/admin/v1/tenants \\",
        $"  -H \"Authorization: Bearer {key}\"");

    /// <summary>A model that the key may call, by a name that can be sent as it stands.</summary>
    public static string? ModelFor(ConfigurationSnapshot snapshot, ApiKey key) =>
        key.TenantId is { } tenant && snapshot.CallerOf(tenant, key) is { } caller
            ? snapshot.Models.Values.Where(model => !model.IsPattern && caller.MayUse(model.Name)).OrderBy(model => model.CreatedAt).ThenBy(model => model.Name, StringComparer.Ordinal).FirstOrDefault()?.Name
            : null;

    private static string Json(string text) => $"\"{JsonEncodedText.Encode(text)}\"";

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
