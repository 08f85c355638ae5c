using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmConsole.Core.Wire;

namespace LlmConsole.Components.Console.Playground;

/// <summary>A refusal in the words that a client of the API gets.</summary>
internal static class PlaygroundError
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Body(RefusalException refusal, string requestId)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteString("message", refusal.Message);
            json.WriteString("type", refusal.Error.Type);
            json.WriteString("param", refusal.Param);
            json.WriteString("code", refusal.Error.Code);
            json.WriteString("request_id", requestId);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
