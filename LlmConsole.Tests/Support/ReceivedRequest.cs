using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace LlmConsole.Tests.Support;

/// <summary>A request as the scripted provider got it.</summary>
public sealed record ReceivedRequest
{
    public required string Path { get; init; }

    /// <summary>Headers by name, whatever the case; several values joined by a comma.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }
    public required byte[] Body { get; init; }

    /// <summary>Completes when the caller drops the connection before the answer's end, or the script cuts it.</summary>
    public required Task Aborted { get; init; }

    public string Text => Encoding.UTF8.GetString(Body);
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Body);

    internal static async Task<ReceivedRequest> ReadAsync(HttpContext context)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        context.RequestAborted.Register(aborted.SetResult);
        return new ReceivedRequest
        {
            Path = context.Request.Path + context.Request.QueryString,
            Headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            Body = body.ToArray(),
            Aborted = aborted.Task,
        };
    }
}
