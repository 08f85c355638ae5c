using System.Text.Json;
using LlmConsole.Core.Wire;

namespace LlmConsole.Authentication;

/// <summary>Writes a refusal of the admin API where authentication has no other place to throw it to.</summary>
internal static class RefusalAnswer
{
    public static async Task WriteAsync(HttpContext context, RefusalException refusal)
    {
        context.Response.StatusCode = refusal.Error.Status;
        if (refusal.Error.Status == StatusCodes.Status401Unauthorized) context.Response.Headers.WWWAuthenticate = "Bearer";
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteString("message", refusal.Message);
        json.WriteString("type", refusal.Error.Type);
        json.WriteString("param", refusal.Param);
        json.WriteString("code", refusal.Error.Code);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
