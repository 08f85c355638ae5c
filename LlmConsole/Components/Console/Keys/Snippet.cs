using System.Text.Json;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Keys;

/// <summary>Calls that show that a new key works.</summary>
internal static class Snippet
{
    /// <summary>A streamed chat completion.</summary>
    public static CallSnippet Chat(string origin, string key, string model) =>
        new(origin, key, $$"""{"model":{{Json(model)}},"stream":true,"messages":[{"role":"user","content":"Hello"}]}""");

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
}
