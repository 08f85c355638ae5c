using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>The gateway's own usage chunk: where the client asked for usage and the provider said nothing, or not what is charged.</summary>
internal static class UsageChunk
{
    public static byte[] Of(string model, CallBooks books)
    {
        var (usage, source) = books.Tokens();
        var counts = string.Create(CultureInfo.InvariantCulture, $"\"prompt_tokens\":{usage.Total - usage.Output},\"completion_tokens\":{usage.Output},\"total_tokens\":{usage.Total}");
        var estimated = source == UsageSource.Estimated ? ",\"estimated\":true" : "";
        return Encoding.UTF8.GetBytes(
            $"{{\"id\":\"chatcmpl-usage\",\"object\":\"chat.completion.chunk\",\"created\":0,\"model\":\"{JsonEncodedText.Encode(model)}\",\"choices\":[],\"usage\":{{{counts}}},\"llmconsole\":{{\"cost_usd\":{books.Cost().ToInvariant()}{estimated}}}}}");
    }
}
