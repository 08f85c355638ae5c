using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmConsole.Components.Account.Setup;

/// <summary>The command of the last step, to be pasted into a shell as it is.</summary>
internal static class FirstCall
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Curl(string origin, string key, string model)
    {
        var body = $$"""{"model":{{JsonSerializer.Serialize(model, Json)}},"stream":true,"messages":[{"role":"user","content":"Hello"}]}""";
        return $"""
            curl -N {origin.TrimEnd('/')}/v1/chat/completions \
              -H "Authorization: Bearer {key}" \
              -H "Content-Type: application/json" \
              -d {ShellQuoted(body)}
            """;
    }

    /// <summary>In single quotes a shell takes everything as it is, except for the quote itself.</summary>
    private static string ShellQuoted(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
