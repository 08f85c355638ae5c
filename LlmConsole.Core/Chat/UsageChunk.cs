using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>The gateway's own usage chunk: where the client asked for usage and the provider said nothing, or not what is charged.</summary>
internal static class UsageChunk
{
    private static ReadOnlySpan<byte> Cost => ",\"llmconsole\":{\"cost_usd\":"u8;

    private static ReadOnlySpan<byte> Name => "llmconsole"u8;

    /// <summary>A provider's usage chunk with its sibling <c>llmconsole.cost_usd</c>; one that another gateway of this kind put there gives way to it.</summary>
    public static byte[] WithCost(ReadOnlySpan<byte> chunk, Usd cost)
    {
        chunk = WithoutOthers(chunk);
        return [.. chunk[..chunk.LastIndexOf((byte)'}')], .. Cost, .. Encoding.ASCII.GetBytes(cost.ToInvariant()), .. "}}"u8];
    }

    /// <summary>The chunk as it was before; a cost that doesn't end it is none of ours.</summary>
    public static ReadOnlySpan<byte> WithoutCost(ReadOnlySpan<byte> chunk)
    {
        var at = chunk.LastIndexOf(Cost);
        if (at < 0 || chunk[at..].IndexOf((byte)'}') != chunk.Length - at - 2 || chunk[^1] != '}') return chunk;
        return (byte[])[.. chunk[..at], (byte)'}'];
    }

    private static ReadOnlySpan<byte> WithoutOthers(ReadOnlySpan<byte> chunk)
    {
        if (chunk.IndexOf(Name) < 0) return chunk;
        var rest = new ArrayBufferWriter<byte>(chunk.Length);
        rest.Write("{"u8);
        var json = new Utf8JsonReader(chunk);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var (start, isOther) = ((int)json.TokenStartIndex, json.ValueTextEquals(Name));
            json.Skip();
            if (isOther) continue;
            if (rest.WrittenCount > 1) rest.Write(","u8);
            rest.Write(chunk[start..(int)json.BytesConsumed]);
        }

        rest.Write("}"u8);
        return rest.WrittenSpan;
    }

    public static byte[] Of(string model, CallBooks books)
    {
        var (usage, source) = books.Tokens();
        var counts = string.Create(CultureInfo.InvariantCulture, $"\"prompt_tokens\":{usage.Total - usage.Output},\"completion_tokens\":{usage.Output},\"total_tokens\":{usage.Total}");
        var estimated = source == UsageSource.Estimated ? ",\"estimated\":true" : "";
        return Encoding.UTF8.GetBytes(
            $"{{\"id\":\"chatcmpl-usage\",\"object\":\"chat.completion.chunk\",\"created\":0,\"model\":\"{JsonEncodedText.Encode(model)}\",\"choices\":[],\"usage\":{{{counts}}},\"llmconsole\":{{\"cost_usd\":{books.Cost().ToInvariant()}{estimated}}}}}");
    }
}
